drop view identity.live_sessions;
drop table identity.sessions;
drop table identity.session_epochs;
