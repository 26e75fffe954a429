namespace CloudStream.Records;
