"""The commands of the CloudHSM CLI, in folders as they are typed."""
