-- What the two plain servers keep: the same people, conversations and messages as ours, in the obvious tables.
CREATE TABLE users (
    id text PRIMARY KEY,
    email text NOT NULL,
    name text NOT NULL,
    image text
);
CREATE TABLE conversations (
    id text PRIMARY KEY,
    name text NOT NULL,
    last_number bigint NOT NULL,
    last_message_at timestamptz
);
CREATE TABLE members (
    conversation_id text NOT NULL REFERENCES conversations,
    user_id text NOT NULL REFERENCES users,
    read_number bigint NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
);
CREATE INDEX ON members (user_id);
CREATE TABLE messages (
    id uuid PRIMARY KEY,
    conversation_id text NOT NULL REFERENCES conversations,
    number bigint NOT NULL,
    sender_id text NOT NULL REFERENCES users,
    content text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (conversation_id, number)
);
