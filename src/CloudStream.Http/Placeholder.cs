namespace CloudStream.Http;
