CREATE TABLE account (
  id              uuid PRIMARY KEY,
  -- Lower case; erased with the profile when the account is closed.
  email           text UNIQUE,
  display_name    text NOT NULL,
  phone           text NOT NULL,
  default_address jsonb,
  roles           text[] NOT NULL,
  state           text NOT NULL CHECK (state IN ('ACTIVE', 'SUSPENDED')),
  version         bigint NOT NULL DEFAULT 1,
  create_time     timestamptz NOT NULL DEFAULT now(),
  update_time     timestamptz NOT NULL DEFAULT now(),
  delete_time     timestamptz,
  CHECK ((email IS NULL) = (delete_time IS NOT NULL))
);

CREATE TABLE credential (
  account_id    uuid PRIMARY KEY REFERENCES account,
  -- argon2id, in PHC form: parameters and salt are in it.
  password_hash text NOT NULL
);

-- One row a refresh token ever given out; a family is one sign-in and what was refreshed from it.
CREATE TABLE refresh_token (
  token_hash  bytea PRIMARY KEY,
  family_id   uuid NOT NULL,
  account_id  uuid NOT NULL REFERENCES account,
  create_time timestamptz NOT NULL DEFAULT now(),
  expire_time timestamptz NOT NULL,
  use_time    timestamptz,
  revoke_time timestamptz
);
CREATE INDEX refresh_token_family ON refresh_token (family_id);
CREATE INDEX refresh_token_account ON refresh_token (account_id);
CREATE INDEX refresh_token_expiry ON refresh_token (expire_time);

CREATE TABLE signing_key (
  kid           text PRIMARY KEY,
  public_jwk    jsonb NOT NULL,
  -- AES-256-GCM: 12 bytes of nonce, the ciphertext of the private JWK, 16 bytes of tag.
  private_jwk   bytea NOT NULL,
  create_time   timestamptz NOT NULL DEFAULT now(),
  -- Published from create_time, signs from activate_time, verifies until retire_time.
  activate_time timestamptz NOT NULL,
  retire_time   timestamptz NOT NULL
);
