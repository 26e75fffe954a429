namespace CloudStream.Client;
