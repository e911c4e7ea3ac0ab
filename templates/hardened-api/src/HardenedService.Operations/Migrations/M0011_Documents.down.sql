drop table documents.reviews, documents.documents, documents.chunks, documents.files;
drop schema documents;
