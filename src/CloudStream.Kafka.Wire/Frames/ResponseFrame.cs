using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Wire;

namespace CloudStream.Kafka.Frames;

/// <summary>The bytes of one response: size, header, body.</summary>
internal static class ResponseFrame
{
    /// <summary>
    /// Appends a whole response to what the writer has; its records go in as references, and <see cref="KafkaResponse.Owner"/> stays the
    /// caller's to dispose.
    /// </summary>
    /// <param name="writer">Takes the bytes.</param>
    /// <param name="correlationId">That of the request.</param>
    /// <param name="response">The body.</param>
    /// <param name="version">The version of the request.</param>
    public static void Write(WireWriter writer, int correlationId, KafkaResponse response, short version)
    {
        writer.BeginFrame();
        writer.WriteInt32(correlationId);
        if (KafkaApis.Get(response.Api).ResponseHeaderVersion(version) == 1)
            writer.WriteUnsignedVarint(0);
        response.Write(writer, version);
        writer.EndFrame();
    }

    /// <summary>Appends the answer to a bare token: size and token, without a header.</summary>
    public static void WriteBare(WireWriter writer, ReadOnlyMemory<byte> token) =>
        writer.WriteBytes(token, flexible: false, nullable: false, "token");

    /// <summary>Reads the header, from after the size; the body follows in <paramref name="reader"/>.</summary>
    /// <returns>The correlation id.</returns>
    public static int ReadHeader(ref WireReader reader, KafkaApi api, short version)
    {
        var correlation = reader.ReadInt32("ResponseHeader.CorrelationId");
        if (api.ResponseHeaderVersion(version) == 1)
            reader.SkipTags("ResponseHeader tagged fields");
        return correlation;
    }
}
