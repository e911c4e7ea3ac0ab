drop table platform.evidence;
