namespace CloudStream.Storage;
