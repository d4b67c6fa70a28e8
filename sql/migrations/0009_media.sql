-- Files that no profile names are looked for every hour; that must not read every profile.
create index if not exists users_selfie_url on users (selfie_url) where selfie_url is not null;
create index if not exists users_video_url on users (video_url) where video_url is not null;
