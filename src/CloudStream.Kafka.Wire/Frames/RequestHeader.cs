using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Wire;

namespace CloudStream.Kafka.Frames;

/// <summary>What stands before every request's body.</summary>
/// <param name="ApiKey">The number of the API, known or not.</param>
/// <param name="ApiVersion">The version of the body, known or not.</param>
/// <param name="CorrelationId">Repeated in the response.</param>
/// <param name="ClientId">What the client calls itself, or null.</param>
internal readonly record struct RequestHeader(short ApiKey, short ApiVersion, int CorrelationId, string? ClientId)
{
    /// <summary>Reads the header; of an API that is not known, as if it were not flexible.</summary>
    public static RequestHeader Read(ref WireReader reader)
    {
        var key = reader.ReadInt16("RequestHeader.ApiKey");
        var version = reader.ReadInt16("RequestHeader.ApiVersion");
        var correlation = reader.ReadInt32("RequestHeader.CorrelationId");
        // Never a compact string, whatever the header's version: so that a broker can read it before it knows the version.
        var client = reader.ReadNullableString(flexible: false, "RequestHeader.ClientId");
        if (KafkaApis.Find(key)?.RequestHeaderVersion(version) == 2)
            reader.SkipTags("RequestHeader tagged fields");
        return new RequestHeader(key, version, correlation, client);
    }

    public void Write(WireWriter writer)
    {
        writer.WriteInt16(ApiKey);
        writer.WriteInt16(ApiVersion);
        writer.WriteInt32(CorrelationId);
        writer.WriteString(ClientId, flexible: false, nullable: true, "RequestHeader.ClientId");
        if (KafkaApis.Find(ApiKey)?.RequestHeaderVersion(ApiVersion) == 2)
            writer.WriteUnsignedVarint(0);
    }
}
