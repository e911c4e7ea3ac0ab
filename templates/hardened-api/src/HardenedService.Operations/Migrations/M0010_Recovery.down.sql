drop table platform.recoveries;
