"""People with trades: what has to be done whether or not anybody is connected.

    recorder   journals to PostgreSQL          live
    sweeper    what is due                     live
    courier    the outbox to Redis             live
    tallyman   long limits to PostgreSQL       live
    janitor    what is kept no longer          default
    postman    mails with password resets      default
    sexton     dead letters to PostgreSQL      default

Every job is only a hint: each trade has a question that finds its work again, asked by the clock, so killing a worker
at any moment loses nothing. arq runs the jobs; core does not know it.
"""
