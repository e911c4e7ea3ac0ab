drop table identity.known_networks;
drop table platform.attempt_windows;
