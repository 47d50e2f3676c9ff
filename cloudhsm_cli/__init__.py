"""The CloudHSM CLI of Client SDK 5: one tool for users, quorum and keys, answering in JSON."""
