using System.Buffers;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Wire;

namespace CloudStream.Kafka.Tests.Wire;

/// <summary>One message of one version, as bytes in hexadecimal.</summary>
internal sealed record WireCase(KafkaApi Api, bool IsRequest, short Version, string Hex)
{
    public byte[] Bytes => Convert.FromHexString(Hex);

    public static IEnumerable<(KafkaApi Api, bool IsRequest, short Version)> All()
    {
        foreach (var api in KafkaApis.All)
        {
            for (var version = api.MinVersion; version <= api.MaxVersion; version++)
            {
                yield return (api, true, version);
                yield return (api, false, version);
            }
        }
    }

    public KafkaMessage Read(ReadOnlySequence<byte> bytes, out WireFailure failure, out long left)
    {
        var message = Fresh(Api, IsRequest);
        var reader = new WireReader(bytes);
        message.Read(ref reader, Version);
        (failure, left) = (reader.Failure, reader.Remaining);
        return message;
    }

    /// <summary>Reads the bytes, all of them, without a failure.</summary>
    public KafkaMessage Read()
    {
        var message = Read(new ReadOnlySequence<byte>(Bytes), out var failure, out var left);
        Assert.True(failure.Reason == WireFailureReason.None && left == 0, $"{this}: {failure}, {left} bytes left");
        return message;
    }

    public static KafkaMessage Fresh(KafkaApi api, bool isRequest) => isRequest ? api.NewRequest() : api.NewResponse();

    public static string Write(KafkaMessage message, short version)
    {
        using var writer = new WireWriter();
        message.Write(writer, version);
        return Convert.ToHexStringLower(writer.Complete().ToArray());
    }

    public override string ToString() => $"{Api.Name} {WireOracle.Kind(IsRequest)} {Version} {Hex}";
}
