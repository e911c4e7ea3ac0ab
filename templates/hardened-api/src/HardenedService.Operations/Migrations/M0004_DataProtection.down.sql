drop table platform.data_protection_keys;
