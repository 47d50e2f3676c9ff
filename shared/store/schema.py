"""The tables, and the steps from one version of them to the next (``PRAGMA user_version``)."""

from __future__ import annotations

# Marks the file as ours, so that a foreign database is refused and never altered.
APPLICATION_ID = 0x43485346

MIGRATIONS = (
    """
    CREATE TABLE cluster (
        id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, lineage TEXT NOT NULL, next_slot INTEGER NOT NULL,
        owner_certificate TEXT, created REAL NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE backup (
        id TEXT PRIMARY KEY, cluster TEXT NOT NULL, lineage TEXT NOT NULL, next_slot INTEGER NOT NULL,
        owner_certificate TEXT, created REAL NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE hsm (
        id TEXT PRIMARY KEY, cluster TEXT NOT NULL, node INTEGER NOT NULL, ip TEXT NOT NULL, state TEXT NOT NULL,
        serial TEXT NOT NULL, key_count INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX hsm_ip ON hsm(ip) WHERE ip != '';
    CREATE UNIQUE INDEX hsm_node ON hsm(cluster, node) WHERE state != 'backup';
    CREATE TABLE user (
        hsm TEXT NOT NULL REFERENCES hsm(id) ON DELETE CASCADE, id INTEGER NOT NULL, type TEXT NOT NULL,
        name TEXT NOT NULL COLLATE NOCASE, verifier TEXT NOT NULL, failures INTEGER NOT NULL,
        quorum_key BLOB, two_factor INTEGER NOT NULL, PRIMARY KEY (hsm, id), UNIQUE (hsm, name)
    ) WITHOUT ROWID;
    CREATE TABLE session (id INTEGER PRIMARY KEY AUTOINCREMENT, tool TEXT NOT NULL, opened REAL NOT NULL);
    CREATE TABLE login (
        hsm TEXT NOT NULL, session INTEGER NOT NULL REFERENCES session(id) ON DELETE CASCADE,
        user INTEGER NOT NULL, PRIMARY KEY (hsm, session),
        FOREIGN KEY (hsm, user) REFERENCES user(hsm, id) ON DELETE CASCADE
    ) WITHOUT ROWID;
    CREATE INDEX login_session ON login(session);
    CREATE INDEX login_user ON login(hsm, user);
    CREATE TABLE key (
        hsm TEXT NOT NULL REFERENCES hsm(id) ON DELETE CASCADE, handle INTEGER NOT NULL, slot INTEGER NOT NULL,
        key_class INTEGER NOT NULL, key_type INTEGER NOT NULL, label BLOB NOT NULL, key_id BLOB NOT NULL,
        flags INTEGER NOT NULL, owner INTEGER NOT NULL,
        session INTEGER REFERENCES session(id) ON DELETE CASCADE, m_value INTEGER NOT NULL, kcv BLOB NOT NULL,
        value_len INTEGER NOT NULL, masked BLOB NOT NULL, modulus BLOB NOT NULL, modulus_bits INTEGER NOT NULL,
        public_exponent BLOB NOT NULL, wrap_template BLOB NOT NULL, unwrap_template BLOB NOT NULL,
        PRIMARY KEY (hsm, handle)
    ) WITHOUT ROWID;
    CREATE INDEX key_owner ON key(hsm, owner, slot, handle);
    CREATE INDEX key_public ON key(hsm, slot, handle) WHERE key_class = 2;
    CREATE INDEX key_label ON key(hsm, label);
    CREATE INDEX key_session ON key(session) WHERE session IS NOT NULL;
    CREATE TABLE share (
        hsm TEXT NOT NULL, handle INTEGER NOT NULL, user INTEGER NOT NULL, PRIMARY KEY (hsm, handle, user),
        FOREIGN KEY (hsm, handle) REFERENCES key(hsm, handle) ON DELETE CASCADE
    ) WITHOUT ROWID;
    CREATE INDEX share_user ON share(hsm, user, handle);
    CREATE TABLE fault (
        id INTEGER PRIMARY KEY AUTOINCREMENT, hsm TEXT NOT NULL REFERENCES hsm(id) ON DELETE CASCADE,
        command TEXT NOT NULL, code INTEGER NOT NULL, remaining INTEGER NOT NULL
    );
    CREATE TABLE minimumvalue (
        hsm TEXT NOT NULL REFERENCES hsm(id) ON DELETE CASCADE, service INTEGER NOT NULL, value INTEGER NOT NULL,
        PRIMARY KEY (hsm, service)
    ) WITHOUT ROWID;
    CREATE TABLE token (
        hsm TEXT NOT NULL, id INTEGER NOT NULL, service INTEGER NOT NULL, node INTEGER NOT NULL,
        handle INTEGER NOT NULL, user TEXT NOT NULL, session INTEGER NOT NULL, created REAL NOT NULL,
        nonce BLOB NOT NULL, PRIMARY KEY (hsm, id),
        FOREIGN KEY (hsm, session) REFERENCES login(hsm, session) ON DELETE CASCADE
    ) WITHOUT ROWID;
    CREATE INDEX token_login ON token(hsm, session);
    CREATE TABLE approval (
        hsm TEXT NOT NULL, token INTEGER NOT NULL, user INTEGER NOT NULL, UNIQUE (hsm, token, user),
        FOREIGN KEY (hsm, token) REFERENCES token(hsm, id) ON DELETE CASCADE,
        FOREIGN KEY (hsm, user) REFERENCES user(hsm, id) ON DELETE CASCADE
    );
    CREATE TRIGGER key_added AFTER INSERT ON key BEGIN
        UPDATE hsm SET key_count = key_count + 1 WHERE id = new.hsm;
    END;
    CREATE TRIGGER key_removed AFTER DELETE ON key BEGIN
        UPDATE hsm SET key_count = key_count - 1 WHERE id = old.hsm;
    END;
    """,
    """
    ALTER TABLE fault ADD COLUMN kind TEXT NOT NULL DEFAULT 'refuse';
    ALTER TABLE fault ADD COLUMN seconds REAL NOT NULL DEFAULT 0;
    CREATE TABLE tombstone (
        cluster TEXT NOT NULL REFERENCES cluster(id) ON DELETE CASCADE, handle INTEGER NOT NULL,
        PRIMARY KEY (cluster, handle)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE hsm ADD COLUMN reboots INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE hsm ADD COLUMN log_entries INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE hsm ADD COLUMN log_digest BLOB NOT NULL DEFAULT x'';
    CREATE TABLE auditentry (
        hsm TEXT NOT NULL REFERENCES hsm(id) ON DELETE CASCADE, sequence INTEGER NOT NULL, time INTEGER NOT NULL,
        reboots INTEGER NOT NULL, opcode INTEGER NOT NULL, session INTEGER NOT NULL, response INTEGER NOT NULL,
        log_type INTEGER NOT NULL, user_name TEXT, user_type INTEGER, private INTEGER, public INTEGER,
        digest BLOB NOT NULL, PRIMARY KEY (hsm, sequence)
    ) WITHOUT ROWID;
    CREATE TRIGGER audit_entry_added AFTER INSERT ON auditentry BEGIN
        UPDATE hsm SET log_entries = new.sequence + 1, log_digest = new.digest WHERE id = new.hsm;
    END;
    """,
    """
    ALTER TABLE user ADD COLUMN mfa_key BLOB;
    CREATE TABLE trustanchor (
        hsm TEXT NOT NULL REFERENCES hsm(id) ON DELETE CASCADE, reference INTEGER NOT NULL, certificate TEXT NOT NULL,
        PRIMARY KEY (hsm, reference)
    ) WITHOUT ROWID;
    CREATE TABLE enforcement (
        hsm TEXT PRIMARY KEY REFERENCES hsm(id) ON DELETE CASCADE, level TEXT NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE cluster ADD COLUMN hsm_type TEXT NOT NULL DEFAULT 'hsm1.medium';
    ALTER TABLE cluster ADD COLUMN mode TEXT NOT NULL DEFAULT 'FIPS';
    ALTER TABLE key ADD COLUMN use_value INTEGER NOT NULL DEFAULT 0;
    UPDATE key SET use_value = m_value;
    """,
)
