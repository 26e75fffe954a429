namespace CloudStream.Engine;
