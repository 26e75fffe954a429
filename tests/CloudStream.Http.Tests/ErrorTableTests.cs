using CloudStream.Http.Problems;
using CloudStream.Log.Calls;

namespace CloudStream.Http.Tests;

public class ErrorTableTests
{
    public static TheoryData<ErrorCode, int, string> Table => new()
    {
        { ErrorCode.InvalidRequest, 400, "invalid-request" },
        { ErrorCode.UnknownTopic, 404, "unknown-topic" },
        { ErrorCode.UnknownPartition, 404, "unknown-partition" },
        { ErrorCode.InvalidTopicName, 400, "invalid-topic-name" },
        { ErrorCode.TopicExists, 409, "topic-exists" },
        { ErrorCode.InvalidPartitions, 400, "invalid-partitions" },
        { ErrorCode.InvalidConfig, 400, "invalid-config" },
        { ErrorCode.OffsetOutOfRange, 416, "offset-out-of-range" },
        { ErrorCode.MessageTooLarge, 413, "message-too-large" },
        { ErrorCode.CorruptMessage, 400, "corrupt-message" },
        { ErrorCode.UnsupportedFormat, 400, "unsupported-format" },
        { ErrorCode.InvalidRecord, 400, "invalid-record" },
        { ErrorCode.InvalidTimestamp, 400, "invalid-timestamp" },
        { ErrorCode.OutOfOrderSequence, 409, "out-of-order-sequence" },
        { ErrorCode.InvalidProducerEpoch, 409, "invalid-producer-epoch" },
        { ErrorCode.OffsetMismatch, 409, "offset-mismatch" },
        { ErrorCode.Overloaded, 429, "overloaded" },
        { ErrorCode.StoreUnavailable, 503, "store-unavailable" },
        { ErrorCode.OutcomeUnknown, 503, "outcome-unknown" },
        { ErrorCode.ShuttingDown, 503, "shutting-down" },
        { ErrorCode.Undecodable, 406, "undecodable" },
        { ErrorCode.NotWritable, 503, "not-writable" },
        { ErrorCode.ShardUnreadable, 503, "shard-unreadable" },
        { ErrorCode.CorruptStorage, 500, "corrupt-storage" },
        { ErrorCode.StoreRefused, 500, "store-refused" },
    };

    [Theory, MemberData(nameof(Table))]
    public void Every_outcome_has_its_status_and_code(ErrorCode error, int status, string code)
    {
        var mapping = ErrorTable.Get(error);

        Assert.Equal((status, code), (mapping.Status, mapping.Code));
        Assert.NotEmpty(mapping.Title);
    }

    [Fact]
    public void No_outcome_is_left_out_and_no_code_is_used_twice()
    {
        var failures = Enum.GetValues<ErrorCode>().Where(e => e != ErrorCode.None).ToList();

        Assert.Equal(failures.Count, failures.Select(e => ErrorTable.Get(e).Code).Distinct().Count());
        Assert.Equal(failures.Order(), Table.Select(row => row.Data.Item1).Order());
    }

    [Fact]
    public void Success_is_no_problem() => Assert.Throws<ArgumentOutOfRangeException>(() => ErrorTable.Get(ErrorCode.None));

    [Theory]
    [InlineData(ErrorCode.Overloaded, 0, 1000)]
    [InlineData(ErrorCode.Overloaded, 250, 250)]
    [InlineData(ErrorCode.StoreUnavailable, 0, 1000)]
    [InlineData(ErrorCode.OffsetMismatch, 0, 0)]
    public void Only_what_may_be_retried_as_it_is_says_when(ErrorCode error, int retryAfterMs, int expected) =>
        Assert.Equal(expected, Problem.From(error, "x", retryAfterMs).RetryAfterMs);
}
