namespace CloudStream.Kafka.Frames;

/// <summary>What became of the bytes of a request.</summary>
internal enum RequestOutcome
{
    /// <summary>Header and body are there.</summary>
    Parsed,

    /// <summary>Not even the header can be read, or the body of a version that is known cannot.</summary>
    Malformed,

    /// <summary>The header is there; no API has the key.</summary>
    UnknownApi,

    /// <summary>The header is there; the API does not have the version.</summary>
    UnknownVersion,
}
