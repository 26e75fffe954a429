using System.Buffers;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Wire;

namespace CloudStream.Kafka.Frames;

/// <summary>
/// The bytes of one request, without the size before them, read: how that went, the header, the body where it could be read, and why not
/// otherwise.
/// </summary>
internal readonly record struct RequestFrame(RequestOutcome Outcome, RequestHeader Header, KafkaRequest? Request, WireFailure Failure)
{
    /// <summary>Reads header and body. The request's records are slices of <paramref name="frame"/>.</summary>
    public static RequestFrame Read(ReadOnlySequence<byte> frame)
    {
        var reader = new WireReader(frame);
        var header = RequestHeader.Read(ref reader);
        if (KafkaApis.Find(header.ApiKey) is not { } api)
            return new RequestFrame(reader.HasFailed ? RequestOutcome.Malformed : RequestOutcome.UnknownApi, header, null, reader.Failure);
        if (!api.HasVersion(header.ApiVersion))
            return new RequestFrame(reader.HasFailed ? RequestOutcome.Malformed : RequestOutcome.UnknownVersion, header, null,
                reader.Failure);
        var request = api.NewRequest();
        request.Read(ref reader, header.ApiVersion);
        return reader.HasFailed
            ? new RequestFrame(RequestOutcome.Malformed, header, null, reader.Failure)
            : new RequestFrame(RequestOutcome.Parsed, header, request, default);
    }

    /// <summary>Writes a whole request: size, header, body.</summary>
    public static void Write(WireWriter writer, RequestHeader header, KafkaRequest request)
    {
        writer.BeginFrame();
        header.Write(writer);
        request.Write(writer, header.ApiVersion);
        writer.EndFrame();
    }
}
