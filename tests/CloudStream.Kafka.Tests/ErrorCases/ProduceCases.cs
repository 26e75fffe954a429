using System.Buffers.Binary;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;
using CloudStream.Records;
using CloudStream.Records.Compression;

namespace CloudStream.Kafka.Tests.ErrorCases;

/// <summary>Produce and InitProducerId.</summary>
internal static class ProduceCases
{
    private const string NoTransactions = "there are no transactions yet";
    private static readonly Guid s_nobody = new("99999999-9999-9999-9999-999999999999");
    private static readonly byte[] s_good = Ask.Batch("a");

    public static ErrorCase[] All { get; } = [.. Requests(), .. Batches(), .. Producers(), .. Ids()];

    private static IEnumerable<ErrorCase> Requests() =>
    [
        new("Produce: unknown topic", "3", static b => OneAsync(b, "nowhere", s_good)),
        new("Produce: unknown topic, whose name cannot be", "3", static b => OneAsync(b, "no where", s_good)),
        new("Produce: unknown partition", "3", static async b => await OneAsync(b, await b.TopicAsync(), s_good, partition: 1)),
        new("Produce: negative partition", "3", static async b => await OneAsync(b, await b.TopicAsync(), s_good, partition: -1)),
        new("Produce: unknown topic id", "100", static b => ByIdAsync(b, s_nobody)),
        new("Produce: no topic id", "100", static b => ByIdAsync(b, Guid.Empty)),
        new("Produce: acks 2", "21", static async b => await OneAsync(b, await b.TopicAsync(), s_good, acks: 2)),
        new("Produce: acks -2", "21", static async b => await OneAsync(b, await b.TopicAsync(), s_good, acks: -2)),
        new("Produce: acks 2 to an unknown topic", "3", static b => OneAsync(b, "nowhere", s_good, acks: 2)),
        new("Produce: acks 0 to an unknown topic", "closed", static async b =>
        {
            await b.Client.SendAsync(Ask.Produce("nowhere", 0, s_good, acks: 0), 9);
            return await b.Client.IsClosedAsync() ? "closed" : "open";
        }),
        new ErrorCase("Produce: the same partition twice", "0", static async b =>
        {
            var request = Ask.Produce(await b.TopicAsync(), 0, s_good);
            request.TopicData[0].PartitionData.Add(request.TopicData[0].PartitionData[0]);
            return Codes(await b.AskAsync<ProduceResponse>(request, 9));
        }).Differs("0 0", "both are appended; Apache Kafka drops one in silence"),
        new ErrorCase("Produce: a transactional id without a transaction", "49", static async b =>
        {
            await GroupCases.FindTransactionAsync(b);
            var request = Ask.Produce(await b.TopicAsync(), 0,
                Ask.Batch(
                    new RecordBatchOptions { IsTransactional = true, ProducerId = 1_000_000, ProducerEpoch = 0, BaseSequence = 0 }, "a"));
            request.TransactionalId = CaseBroker.NewName("transaction");
            var code = Codes(await b.AskAsync<ProduceResponse>(request, 9));
            for (var left = 10_000; left > 0 && code == "19"; left--) // Apache Kafka's coordinator is not ready yet.
                code = Codes(await b.AskAsync<ProduceResponse>(request, 9));
            return code;
        }).Differs("53", NoTransactions),
        new ErrorCase("Produce: a transactional id and a batch that is not transactional", "0", static async b =>
        {
            var request = Ask.Produce(await b.TopicAsync(), 0, s_good);
            request.TransactionalId = CaseBroker.NewName("transaction");
            return Codes(await b.AskAsync<ProduceResponse>(request, 9));
        }).Differs("53", NoTransactions),
        new("Produce: a transactional batch without a transactional id", "53", static async b =>
            await OneAsync(b, await b.TopicAsync(),
                Ask.Batch(
                    new RecordBatchOptions { IsTransactional = true, ProducerId = 1_000_000, ProducerEpoch = 0, BaseSequence = 0 }, "a"))),
    ];

    private static IEnumerable<ErrorCase> Batches() =>
    [
        Batch("null records", ErrorCase.Silence, null).Differs("87", "Apache Kafka fails inside"),
        Batch("no records", "87", []),
        Batch("two batches", "87", [.. s_good, .. s_good]),
        Batch("a wrong CRC", "2", Changed(s_good, static b => b[^1] ^= 1)),
        Batch("a batch cut off in its records", "87", s_good[..^1]),
        Batch("a batch cut off in its header", "87", s_good[..30]),
        Batch("ten bytes", "87", s_good[..10]),
        Batch("a batch and some bytes more", "0", [.. s_good, 1, 2, 3]).Differs(
            "87", "bytes that belong to no batch are refused, not dropped in silence"),
        Batch("a length below a header's", "2", Changed(s_good, static b => BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(8), 10))),
        Batch("a negative length", "2", Changed(s_good, static b => BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(8), -1))),
        Batch("magic 0", "87", Changed(s_good, static b => b[16] = 0)),
        Batch("magic 1", "87", Changed(s_good, static b => b[16] = 1)),
        Batch("magic 3", "2", Changed(s_good, static b => b[16] = 3)),
        Batch("a base offset that is not 0", "87", Changed(s_good, static b => BinaryPrimitives.WriteInt64BigEndian(b, 5))),
        Batch("a last offset delta that is not the number of records less one", "87", Signed(s_good, static b => b[26] = 7)),
        Batch("a record count of 0", "87", Signed(s_good, static b => b[60] = 0)),
        Batch("more records counted than there are", "87", Signed(s_good, static b => (b[60], b[26]) = (9, 8))),
        Batch("a control batch", "87",
            Ask.Batch(new RecordBatchOptions { IsControl = true, ProducerId = 1, ProducerEpoch = 0, BaseSequence = 0 }, "a")),
        Batch("LogAppendTime set by the producer", "0",
            Ask.Batch(new RecordBatchOptions { TimestampType = TimestampType.LogAppendTime }, "a")),
        Batch("unknown compression", "-1", Signed(s_good, static b => b[22] = 5)).Differs("87", "Apache Kafka fails inside"),
        Batch("1.1 MB", "10", Ask.Batch(new string('x', 1_100_000))),
        new("Produce: zstd before version 7", "76",
            static async b => await OneAsync(
                b, await b.TopicAsync(), Ask.Batch(new RecordBatchOptions { Compression = CompressionType.Zstd }, "a"), version: 6)),
        new("Produce: more bytes than max.message.bytes", "10",
            static async b => await OneAsync(b, await b.TopicAsync(1, ("max.message.bytes", "100")), Ask.Batch(new string('x', 100)))),
        new("Produce: no key to a compacted topic", "87",
            static async b => await OneAsync(b, await b.TopicAsync(1, ("cleanup.policy", "compact")), s_good)),
        new("Produce: a timestamp two hours ahead", "32",
            static async b => await OneAsync(b, await b.TopicAsync(), At(TimeSpan.FromHours(2)))),
        new("Produce: a timestamp before message.timestamp.before.max.ms", "32",
            static async b => await OneAsync(
                b, await b.TopicAsync(1, ("message.timestamp.before.max.ms", "1000")), At(TimeSpan.FromMinutes(-1)))),
        new("Produce: a timestamp two hours ahead with LogAppendTime", "0",
            static async b => await OneAsync(
                b, await b.TopicAsync(1, ("message.timestamp.type", "LogAppendTime")), At(TimeSpan.FromHours(2)))),
    ];

    private static IEnumerable<ErrorCase> Producers() =>
    [
        new("Produce: a duplicate", "0@0 0@1 0@0", static b => SequenceAsync(b, (0, 0), (1, 0), (0, 0))),
        new("Produce: a sequence left out", "0@0 45@-1", static b => SequenceAsync(b, (0, 0), (2, 0))),
        new("Produce: a producer that does not begin at 0", "0@0", static b => SequenceAsync(b, (5, 0))),
        new("Produce: a new epoch that does not begin at 0", "0@0 45@-1", static b => SequenceAsync(b, (0, 0), (5, 1))),
        new("Produce: a new epoch that begins at 0", "0@0 0@1", static b => SequenceAsync(b, (0, 0), (0, 1))),
        new("Produce: an old epoch", "0@0 0@1 47@-1", static b => SequenceAsync(b, (0, 0), (0, 1), (1, 0))),
        new("Produce: a duplicate older than five batches", "0@0 0@1 0@2 0@3 0@4 0@5 45@-1",
            static b => SequenceAsync(b, (0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (0, 0))),
        new("Produce: a negative sequence with a producer id", "87@-1", static b => SequenceAsync(b, (-1, 0))),
        new ErrorCase("Produce: a negative epoch with a producer id", "0@0", static b => SequenceAsync(b, (0, -1))).Differs(
            "87@-1", "-1 says that there is none"),
        new("Produce: a producer id that nobody was given", "0", static async b =>
            await OneAsync(b, await b.TopicAsync(),
                Ask.Batch(new RecordBatchOptions { ProducerId = 123_456_789, ProducerEpoch = 3, BaseSequence = 0 }, "a"))),
    ];

    private static IEnumerable<ErrorCase> Ids() =>
    [
        Init("nothing but that", "0", new() { TransactionalId = null, TransactionTimeoutMs = 0 }),
        Init("a negative timeout", "0", new() { TransactionalId = null, TransactionTimeoutMs = -1 }),
        Init("its present id and epoch", "0", new() { TransactionalId = null, ProducerId = 5, ProducerEpoch = 3 }),
        Init("an id without an epoch", "42", new() { TransactionalId = null, ProducerId = 5 }),
        Init("an epoch without an id", "42", new() { TransactionalId = null, ProducerEpoch = 3 }),
        Init("an empty transactional id", "42", new() { TransactionalId = "", TransactionTimeoutMs = 1000 }),
        Init("a transaction timeout of 0", "50", new() { TransactionalId = "t", TransactionTimeoutMs = 0 }).Differs("53", NoTransactions),
        Init("a transaction timeout above the largest", "50", new() { TransactionalId = "t", TransactionTimeoutMs = int.MaxValue }).Differs(
            "53", NoTransactions),
    ];

    private static ErrorCase Batch(string name, string kafka, byte[]? records) =>
        new($"Produce: {name}", kafka, async b => await OneAsync(b, await b.TopicAsync(), records));

    private static ErrorCase Init(string name, string kafka, InitProducerIdRequest request) =>
        new($"InitProducerId: {name}", kafka, async b => $"{(await b.AskAsync<InitProducerIdResponse>(request, 4)).ErrorCode}");

    private static async Task<string> OneAsync(
        CaseBroker broker, string topic, byte[]? records, int partition = 0, short acks = -1, short version = 9)
    {
        var request = Ask.Produce(topic, partition, records ?? [], acks);
        if (records is null)
            request.TopicData[0].PartitionData[0].Records = null;
        return Codes(await broker.AskAsync<ProduceResponse>(request, version));
    }

    private static async Task<string> ByIdAsync(CaseBroker broker, Guid id)
    {
        var request = Ask.Produce("", 0, s_good);
        request.TopicData[0].TopicId = id;
        return Codes(await broker.AskAsync<ProduceResponse>(request, 13));
    }

    private static async Task<string> SequenceAsync(CaseBroker broker, params (int Sequence, short Epoch)[] batches)
    {
        var (topic, id) = (await broker.TopicAsync(), await broker.ProducerIdAsync());
        var outcomes = new List<string>();
        foreach (var (sequence, epoch) in batches)
        {
            var records = Ask.Batch(new RecordBatchOptions { ProducerId = id, ProducerEpoch = epoch, BaseSequence = sequence }, "x");
            var answer = (await broker.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, records), 9)).Responses[0].PartitionResponses[0];
            outcomes.Add($"{answer.ErrorCode}@{answer.BaseOffset}");
        }

        return string.Join(' ', outcomes);
    }

    private static string Codes(ProduceResponse response) =>
        string.Join(' ', response.Responses.SelectMany(static t => t.PartitionResponses).Select(static p => p.ErrorCode));

    private static byte[] At(TimeSpan fromNow)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions());
        builder.Append((TimeProvider.System.GetUtcNow() + fromNow).ToUnixTimeMilliseconds(), (byte[]?)null, "x"u8);
        return builder.Build().ToArray();
    }

    private static byte[] Changed(byte[] batch, Action<byte[]> change)
    {
        byte[] copy = [.. batch];
        change(copy);
        return copy;
    }

    // With a CRC that is right again.
    private static byte[] Signed(byte[] batch, Action<byte[]> change)
    {
        var copy = Changed(batch, change);
        BinaryPrimitives.WriteUInt32BigEndian(
            copy.AsSpan(RecordBatchLayout.Crc), Crc32C.Compute(copy.AsSpan(RecordBatchLayout.Attributes)));
        return copy;
    }
}
