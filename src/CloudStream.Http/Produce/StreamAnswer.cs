using CloudStream.Http.Problems;
using CloudStream.Http.Responses;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Produce;

/// <summary>Answers an NDJSON stream once it has ended.</summary>
internal static class StreamAnswer
{
    public static Task WriteAsync(HttpContext context, StreamLanes lanes, Problem? problem) => problem is not null
        ? ProblemResponse.WriteAsync(context, problem)
        : JsonResponse.WriteAsync(context, lanes, static (json, lanes) =>
        {
            json.WriteStartObject();
            lanes.WriteCommitted(json);
            if (lanes.Duplicate)
                json.WriteBoolean("duplicate", true);
            json.WriteEndObject();
        });
}
