using System.Globalization;
using CloudStream.Http.Problems;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Requests;

/// <summary>
/// What the headers of a produce ask for: <c>If-Match</c>, <c>Producer-Id</c>, <c>Producer-Epoch</c>, <c>Producer-Seq</c>.
/// </summary>
/// <param name="ExpectedOffset">Where the log must end; -1 for anywhere.</param>
/// <param name="ProducerId">-1 without.</param>
/// <param name="ProducerEpoch">-1 without.</param>
/// <param name="Sequence">Sequence number of the first record; -1 without.</param>
internal readonly record struct ConditionHeaders(long ExpectedOffset, long ProducerId, short ProducerEpoch, int Sequence)
{
    public const string ProducerIdName = "Producer-Id";
    public const string ProducerEpochName = "Producer-Epoch";
    public const string SequenceName = "Producer-Seq";

    public bool IsConditional => ExpectedOffset >= 0;

    public bool IsIdempotent => ProducerId >= 0;

    /// <summary>All records go to one partition as one batch.</summary>
    public bool NeedsOneBatch => IsConditional || IsIdempotent;

    public static ConditionHeaders Read(HttpRequest request)
    {
        var id = Integer(request, ProducerIdName, long.MaxValue);
        var epoch = Integer(request, ProducerEpochName, short.MaxValue);
        var sequence = Integer(request, SequenceName, int.MaxValue);
        if ((id < 0) != (epoch < 0) || (id < 0) != (sequence < 0))
            throw new RequestRejectedException(
                $"The headers {ProducerIdName}, {ProducerEpochName} and {SequenceName} go together: give all three or none.");
        return new ConditionHeaders(ReadExpectedOffset(request), id, (short)epoch, (int)sequence);
    }

    /// <summary>The offset of <c>If-Match</c>; -1 without the header.</summary>
    public static long ReadExpectedOffset(HttpRequest request)
    {
        var values = request.Headers.IfMatch;
        if (values.Count == 0)
            return -1;
        if (values.Count == 1 && values[0] is ['"', .. var digits, '"']
            && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
            return offset;
        throw new RequestRejectedException(
            $"The header If-Match is {Excerpt.Of(values.ToString())}; it must be one offset in double quotes, such as \"42\".");
    }

    private static long Integer(HttpRequest request, string name, long max)
    {
        if (!request.Headers.TryGetValue(name, out var values))
            return -1;
        if (values.Count == 1 && long.TryParse(values[0], NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= max)
            return value;
        throw new RequestRejectedException(
            $"The header {name} is \"{Excerpt.Of(values.ToString())}\"; it must be an integer from 0 to {max}.");
    }
}
