drop table platform.outbox_messages;
drop function platform.outbox_line_up;
drop function platform.outbox_move_up;
drop schema platform;
