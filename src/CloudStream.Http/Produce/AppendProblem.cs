using CloudStream.Http.Problems;
using CloudStream.Log.Calls;

namespace CloudStream.Http.Produce;

/// <summary>Says why an append failed.</summary>
internal static class AppendProblem
{
    public static Problem From(AppendResult result)
    {
        var problem = Problem.From(result.Error, result.Detail, result.RetryAfterMs);
        return result.Error != ErrorCode.OffsetMismatch ? problem : problem with { Members = json => json.WriteNumber("endOffset", result.LogEndOffset) };
    }
}
