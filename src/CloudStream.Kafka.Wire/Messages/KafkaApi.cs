namespace CloudStream.Kafka.Messages;

/// <summary>
/// What is known of one API: its versions, its headers, and how to make its messages. Whether anybody answers it is not known here.
/// </summary>
/// <param name="Key">The number that names it on the wire.</param>
/// <param name="Name">Its name, as Kafka writes it.</param>
/// <param name="MinVersion">The lowest version that can be read and written.</param>
/// <param name="MaxVersion">The highest one.</param>
/// <param name="FlexibleFrom">The first version with compact lengths and tagged fields; beyond all versions where there is none.</param>
/// <param name="NewRequest">Makes a request with defaults.</param>
/// <param name="NewResponse">Makes a response with defaults.</param>
internal sealed record KafkaApi(ApiKey Key, string Name, short MinVersion, short MaxVersion, short FlexibleFrom,
    Func<KafkaRequest> NewRequest, Func<KafkaResponse> NewResponse)
{
    public bool HasVersion(short version) => version >= MinVersion && version <= MaxVersion;

    /// <summary>The header of a request: 1, or 2 with tagged fields. Also right for versions that are not known.</summary>
    public short RequestHeaderVersion(short version) => version >= FlexibleFrom ? (short)2 : (short)1;

    /// <summary>
    /// The header of a response: 0, or 1 with tagged fields. ApiVersions has 0 always, as the client does not know yet what the broker
    /// speaks (KIP-511).
    /// </summary>
    public short ResponseHeaderVersion(short version) => version >= FlexibleFrom && Key != ApiKey.ApiVersions ? (short)1 : (short)0;
}
