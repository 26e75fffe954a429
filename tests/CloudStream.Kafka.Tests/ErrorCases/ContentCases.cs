using System.Buffers;
using System.Buffers.Binary;
using System.Text.RegularExpressions;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;
using CloudStream.Records;
using CloudStream.Records.Compression;

namespace CloudStream.Kafka.Tests.ErrorCases;

/// <summary>
/// Produce of batches whose header and checksum are right and whose records are not. The answer is the code, then the words, then the
/// records that are named; the topic's name and times are left out of the words.
/// </summary>
internal static partial class ContentCases
{
    private const string FailsInside = "Apache Kafka fails inside";
    private static readonly byte[] s_two = [.. Record(0), .. Record(1)];

    public static ErrorCase[] All { get; } = [.. Records(), .. Compressed(), .. Times(), .. Named()];

    private static IEnumerable<ErrorCase> Records() =>
    [
        Plain("two sound records", "0", s_two),
        Plain("a length beyond the batch", "87", [.. Record(0), 0x7E, .. Record(1)[1..]]),
        Plain("a negative length", "87", [.. Record(0), 1, .. Record(1)[1..]]),
        Unsound("a length of six bytes", [.. Record(0), 0x80, 0x80, 0x80, 0x80, 0x80, 1, .. Record(1)[1..]]),
        Plain("a length that leaves bytes of the record over", "87", [.. Record(0), .. Sized([0, 0, 2, 1, 2, 0x61, 0, 9, 9])]),
        Plain("a length that ends inside the value", "87", [.. Record(0), .. Sized([0, 0, 2, 1, 20, 0x61, 0])]),
        Plain("a key beyond the record", "87", [.. Record(0), .. Sized([0, 0, 2, 100, 2, 0x61, 0])]),
        Plain("a key of length -5", "0", [.. Record(0), .. Sized([0, 0, 2, 9, 2, 0x61, 0])]).Differs(
            "87", "-1 is null; no reader has to know what -5 is"),
        Plain("a value of length -5", "0", [.. Record(0), .. Sized([0, 0, 2, 1, 9, 0])]).Differs(
            "87", "-1 is null; no reader has to know what -5 is"),
        Plain("a negative number of headers", "87", [.. Record(0), .. Sized([0, 0, 2, 1, 2, 0x61, 1])]),
        Plain("more headers than the record holds", "87", [.. Record(0), .. Sized([0, 0, 2, 1, 2, 0x61, 100, 2, 0x6B, 1])]),
        Plain("a header without a name", "87", [.. Record(0), .. Sized([0, 0, 2, 1, 2, 0x61, 2, 1, 1])]),
        Plain("a header's value beyond the record", "87", [.. Record(0), .. Sized([0, 0, 2, 1, 2, 0x61, 2, 2, 0x6B, 50])]),
        Plain("attributes in a record", "0", [.. Record(0), .. Sized([0x55, 0, 2, 1, 2, 0x61, 0])]),
        Plain("offset deltas that begin at 1", "0", [.. Record(1), .. Record(2)])
            .Differs("87", "offsets of a log are told apart; Apache Kafka looks at them in compressed batches alone"),
        Plain("offset deltas that repeat", "0", [.. Record(0), .. Record(0)])
            .Differs("87", "offsets of a log are told apart; Apache Kafka looks at them in compressed batches alone"),
        Plain("offset deltas that leave one out", "0", [.. Record(0), .. Record(2)])
            .Differs("87", "offsets of a log are told apart; Apache Kafka looks at them in compressed batches alone"),
        Plain("fewer records than counted", "87", s_two, count: 3),
        Plain("more records than counted", "87", s_two, count: 1),
        Plain("bytes after the last record", "87", [.. s_two, 1, 2, 3]),
        Unsound("no record that can be told from noise", [.. Enumerable.Repeat((byte)0xEE, 40)]),
    ];

    private static IEnumerable<ErrorCase> Compressed()
    {
        foreach (var type in (CompressionType[])[CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd])
        {
            var sound = Compress(type, s_two);
            yield return Packed(type, "sound", "0", sound);
            yield return Broken(type, "cut by a byte", sound[..^1]);
            yield return Broken(type, "cut in the middle", sound[..(sound.Length / 2)]);
            yield return Broken(type, "cut to three bytes", sound[..3]);
            yield return type == CompressionType.Zstd ? Packed(type, "no bytes at all", "87", []) : Broken(type, "no bytes at all", []);
            yield return Broken(type, "with noise in its place", [.. Enumerable.Repeat((byte)0xEE, 40)]);
            yield return Packed(type, "with fewer records than counted", "87", sound, count: 3);
            yield return Packed(type, "with more records than counted", "87", sound, count: 1);
            yield return Packed(type, "with a key beyond the record", "87",
                Compress(type, [.. Record(0), .. Sized([0, 0, 2, 100, 2, 0x61, 0])]));
            yield return Broken(type, "with offset deltas that begin at 1", Compress(type, [.. Record(1), .. Record(2)]));
            yield return Broken(type, "with offset deltas that repeat", Compress(type, [.. Record(0), .. Record(0)]));
            yield return Packed(type, "with a length beyond the records", "0", Compress(type, [.. Record(0), 0x7E, .. Record(1)[1..]]))
                .Differs("87", "Apache Kafka does not look at the length there, and its consumers stop at it");
            byte[] followed = [.. sound, 1, 2, 3];
            yield return type is CompressionType.Snappy or CompressionType.Zstd
                ? Broken(type, "with bytes after it", followed)
                : Packed(type, "with bytes after it", "0", followed).Differs(
                    "87", "bytes that belong to nothing are refused, not passed over in silence");
        }

        var frame = Compress(CompressionType.Lz4, s_two);
        yield return Broken(CompressionType.Lz4, "with a wrong header checksum", [.. frame[..6], (byte)(frame[6] ^ 1), .. frame[7..]]);
        var framed = Framed(s_two);
        yield return Packed(CompressionType.Snappy, "framed", "0", framed);
        yield return Broken(CompressionType.Snappy, "framed, cut by a byte", framed[..^1]);
        yield return Broken(CompressionType.Snappy, "framed, cut in its header", framed[..12]);
        yield return Packed(CompressionType.Snappy, "framed, cut after its header", "87", framed[..16]);
        yield return Broken(CompressionType.Snappy, "framed, with a length beyond it", [.. framed[..19], 200, .. framed[20..]]);
        var gzip = Compress(CompressionType.Gzip, s_two);
        yield return Broken(CompressionType.Gzip, "with a wrong CRC", [.. gzip[..^8], (byte)(gzip[^8] ^ 1), .. gzip[^7..]]);
        var zstd = Compress(CompressionType.Zstd, s_two);
        yield return Broken(CompressionType.Zstd, "with a wrong magic", [(byte)(zstd[0] ^ 1), .. zstd[1..]]);
    }

    // Times of which Apache Kafka makes what is stored: the code, and the largest timestamp by the batch's header and by a look-up.
    private static IEnumerable<ErrorCase> Times() =>
    [
        Stored("a timestamp of -5", "0 header -1, look-up -1@-1", [], Header(-5, -5), 0),
        Stored("a largest timestamp of -2 that is -1", "0 header -1, look-up -1@0", [], Header(-1, -2), 0)
            .Differs("0 header -1, look-up -1@-1", "a record without a time is not the newest"),
        Stored("a largest timestamp that is too small", "0 header 5002, look-up 5002@1", [], Header(5000, 4000), 0, 2),
        Stored("a largest timestamp that is too large", "0 header 5002, look-up 5002@1", [], Header(5000, 9000), 0, 2),
        Stored("a largest timestamp far in the future that no record has", "0 header 5002, look-up 5002@1", [],
            Header(5000, long.MaxValue), 0, 2),
        Stored("a largest timestamp before the first one's", "0 header 5002, look-up 5002@0", [], Header(5000, 5002), 2, 0),
        Stored("LogAppendTime set by the producer", "0 header 7000, look-up -1@-1", [], Marked(Header(5000, 7000)), 0, 2)
            .Differs("0 header 5002, look-up 5002@1",
                "the mark is taken off; Apache Kafka keeps it, and finds none of the records by their times"),
        Stored("LogAppendTime set by the producer, gzip", "0 header 7000, look-up -1@-1", [],
            Marked(Header(5000, 7000, CompressionType.Gzip)), 0, 2)
            .Differs("0 header 5002, look-up 5002@1",
                "the mark is taken off; Apache Kafka keeps it, and finds none of the records by their times"),
        Stored("times that are too large, to a topic of LogAppendTime", "0 header TIME, look-up TIME@0",
            [("message.timestamp.type", "LogAppendTime")], Header(long.MaxValue - 5, long.MaxValue), 0, 2),
        Stored("times below -1, to a topic of LogAppendTime", "0 header TIME, look-up TIME@0",
            [("message.timestamp.type", "LogAppendTime")], Header(-900, -800), 0, 2),
        Stored("LogAppendTime set by the producer, to a topic of LogAppendTime",
            "32 One or more records have been rejected due to invalid timestamp", [("message.timestamp.type", "LogAppendTime")],
            Marked(Header(5000, 7000)), 0, 2),
        new("Content: a duplicate on a topic of LogAppendTime", "0 the first one's",
            static b => DuplicateAsync(b, ("message.timestamp.type", "LogAppendTime"))),
        new("Content: a duplicate on a topic of CreateTime", "0 its record's", static b => DuplicateAsync(b)),
    ];

    private static IEnumerable<ErrorCase> Named()
    {
        const string times = "32 One or more records have been rejected due to invalid timestamp";
        const string noKey = "Compacted topic cannot accept message without key in topic partition TOPIC-0";
        static string OutOfRange(int index, string first = "-922337TIME") =>
            $"[{index}: Timestamp TIME of message with offset {index} is out of range. The timestamp should be within [{first}, TIME]]";
        static string NoKey(int errors, params int[] shown) =>
            $"87 One or more records have been rejected due to {errors} record errors in total, and only showing the first three errors at "
                + "most: "
            + $"[{string.Join(", ", shown.Select(i => $"RecordError(batchIndex={i}, message='{noKey}')"))}]";
        (string, string?)[] compact = [("cleanup.policy", "compact")];
        yield return Named("one record without a key to a compacted topic", $"{NoKey(1, 1)} [1: {noKey}]", compact, At(0, "k"),
            At(0, null));
        yield return Named(
            "four records without a key to a compacted topic",
            $"{NoKey(4, 0, 1, 2)} [0: {noKey}] [1: {noKey}] [2: {noKey}] [3: {noKey}]",
            compact,
            At(0, null), At(0, null), At(0, null), At(0, null));
        yield return Named("a record too far in the future", $"{times} {OutOfRange(1)}", [], At(0, "k"), At(7_200_000, "k"));
        yield return Named(
            "records too far in the past",
            $"{times} {OutOfRange(0, "TIME")} {OutOfRange(2, "TIME")}",
            [("message.timestamp.before.max.ms", "1000")],
            At(-60_000, "k"), At(0, "k"), At(-50_000, "k"));
        yield return Named(
            "no key and a time too far in the future", $"{times} [0: {noKey}] {OutOfRange(1)} [2: {noKey}]", compact, At(0, null),
            At(7_200_000, "k"), At(7_200_000, null));
    }

    private static ErrorCase Plain(string name, string kafka, byte[] records, int count = 2) =>
        new($"Content: {name}", kafka, async b => await CodeAsync(b, Batch(records, count, CompressionType.None)));

    private static ErrorCase Unsound(string name, byte[] records) => Plain(name, "-1", records).Differs("87", FailsInside);

    private static ErrorCase Packed(CompressionType type, string name, string kafka, byte[] packed, int count = 2) =>
        new($"Content: {type} {name}", kafka, async b => await CodeAsync(b, Batch(packed, count, type)));

    private static ErrorCase Broken(CompressionType type, string name, byte[] packed) =>
        Packed(type, name, "-1", packed).Differs("87", FailsInside);

    private static ErrorCase Named(string name, string kafka, (string, string?)[] config, params (long FromNowMs, string? Key)[] records) =>
        new($"Content: {name}", kafka, async b => await OneAsync(b, await b.TopicAsync(1, config), Timed(records)));

    private static ErrorCase Stored(
        string name, string kafka, (string, string?)[] config, Func<byte[], byte[]> header, params int[] timeDeltas) =>
            new($"Content: {name}", kafka,
                async b => await StoredAsync(b, await b.TopicAsync(1, [.. config, ("retention.ms", "-1")]),
                    header([.. timeDeltas.Select(static d => (byte)d)])));

    private static async Task<string> CodeAsync(CaseBroker broker, byte[] records) =>
        $"{(await broker.AskAsync<ProduceResponse>(
            Ask.Produce(await broker.TopicAsync(), 0, records), 9)).Responses[0].PartitionResponses[0].ErrorCode}";

    private static async Task<string> StoredAsync(CaseBroker broker, string topic, byte[] records)
    {
        var produced = (await broker.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, records), 9)).Responses[0].PartitionResponses[0];
        if (produced.ErrorCode != 0)
            return $"{produced.ErrorCode} {produced.ErrorMessage}";
        var fetched = await broker.AskAsync<FetchResponse>(Ask.Fetch(topic, 0, 0), 11);
        byte[] stored = [.. fetched.Responses[0].Partitions[0].Records!.SelectMany(static p => p.ToArray())];
        Assert.Equal(RecordBatchLayout.ComputeCrc(stored), new RecordBatchHeader(stored).Crc);
        var found = (await broker.AskAsync<ListOffsetsResponse>(
            new ListOffsetsRequest
            {
                ReplicaId = -1,
                Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 0, Timestamp = -3 }] }]
            }, 7)).Topics[0].Partitions[0];
        return Numbers().Replace(
            $"{found.ErrorCode} header {new RecordBatchHeader(stored).MaxTimestamp}, look-up {found.Timestamp}@{found.Offset}", "TIME");
    }

    private static async Task<string> DuplicateAsync(CaseBroker broker, params (string, string?)[] config)
    {
        var (topic, id) = (await broker.TopicAsync(1, config), await broker.ProducerIdAsync());
        var records = Ask.Batch(new RecordBatchOptions { ProducerId = id, ProducerEpoch = 0, BaseSequence = 0 }, "x");
        var first = (await broker.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, records), 9)).Responses[0].PartitionResponses[0];
        var again = (await broker.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, records), 9)).Responses[0].PartitionResponses[0];
        string Whose(long time) =>
            time == first.LogAppendTimeMs ? "the first one's"
                : time == new RecordBatchHeader(records).MaxTimestamp ? "its record's"
                : "another";
        return $"{again.ErrorCode} {Whose(again.LogAppendTimeMs)}";
    }

    // Makes a batch of records of these time deltas, whose header says this of their times.
    private static Func<byte[], byte[]> Header(long baseTimestamp, long maxTimestamp, CompressionType type = CompressionType.None) =>
        timeDeltas =>
        {
            byte[] records = [.. timeDeltas.SelectMany(static (time, i) => Sized([0, (byte)(time * 2), (byte)(i * 2), 1, 2, 0x61, 0]))];
            var batch = Batch(type == CompressionType.None ? records : Compress(type, records), timeDeltas.Length, type);
            BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(RecordBatchLayout.BaseTimestamp), baseTimestamp);
            BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(RecordBatchLayout.MaxTimestamp), maxTimestamp);
            RecordBatchLayout.UpdateCrc(batch);
            return batch;
        };

    private static Func<byte[], byte[]> Marked(Func<byte[], byte[]> header) => timeDeltas =>
    {
        var batch = header(timeDeltas);
        batch[RecordBatchLayout.Attributes + 1] |= RecordBatchLayout.LogAppendTimeMask;
        RecordBatchLayout.UpdateCrc(batch);
        return batch;
    };

    private static (long, string?) At(long fromNowMs, string? key) => (fromNowMs, key);

    private static async Task<string> OneAsync(CaseBroker broker, string topic, byte[] records)
    {
        var answer = (await broker.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, records), 9)).Responses[0].PartitionResponses[0];
        var words = string.Join(' ', (string[])[$"{answer.ErrorCode}", $"{answer.ErrorMessage}",
            .. answer.RecordErrors.Select(e => $"[{e.BatchIndex}: {e.BatchIndexErrorMessage}]")]);
        return Numbers().Replace(words, "TIME").Replace(topic, "TOPIC", StringComparison.Ordinal).TrimEnd();
    }

    private static byte[] Timed((long FromNowMs, string? Key)[] records)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions());
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var (fromNow, key) in records)
            builder.Append(now + fromNow, key is null ? null : System.Text.Encoding.UTF8.GetBytes(key), "x"u8);
        return builder.Build().ToArray();
    }

    // A record of time delta 0 without key and headers, whose value is "a".
    private static byte[] Record(int delta) => Sized([0, 0, (byte)(delta * 2), 1, 2, 0x61, 0]);

    private static byte[] Sized(byte[] record) => [(byte)(record.Length * 2), .. record];

    private static byte[] Batch(byte[] records, int count, CompressionType type)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions());
        builder.Append(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), (byte[]?)null, "x"u8);
        byte[] batch = [.. builder.Build().Span[..RecordBatchLayout.HeaderBytes], .. records];
        batch[RecordBatchLayout.Attributes + 1] = (byte)type;
        batch[RecordBatchLayout.LastOffsetDelta + 3] = (byte)(count - 1);
        batch[RecordBatchLayout.RecordCount + 3] = (byte)count;
        BinaryPrimitives.WriteInt32BigEndian(
            batch.AsSpan(RecordBatchLayout.BatchLength), batch.Length - RecordBatchLayout.LogOverheadBytes);
        RecordBatchLayout.UpdateCrc(batch);
        return batch;
    }

    private static byte[] Compress(CompressionType type, byte[] plain)
    {
        var target = new ArrayBufferWriter<byte>();
        CompressionCodec.For(type).Compress(plain, target);
        return target.WrittenSpan.ToArray();
    }

    // As the Java client frames Snappy: magic, two versions, and a block after its length.
    private static byte[] Framed(byte[] plain)
    {
        var block = Compress(CompressionType.Snappy, plain);
        return [0x82, .. "SNAPPY"u8, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, (byte)block.Length, .. block];
    }

    [GeneratedRegex(@"\d{13}(?!\d)")]
    private static partial Regex Numbers();
}
