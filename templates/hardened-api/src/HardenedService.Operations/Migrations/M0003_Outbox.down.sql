drop table platform.outbox_messages;
drop schema platform;
