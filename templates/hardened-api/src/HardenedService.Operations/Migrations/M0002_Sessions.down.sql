drop table identity.sessions;
