using System.Text.Json;
using CloudStream.Http.Responses;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Problems;

/// <summary>Sends problems.</summary>
internal static class ProblemResponse
{
    /// <summary>Answers with the problem. Only while the response has not started.</summary>
    public static Task WriteAsync(HttpContext context, Problem problem)
    {
        var response = context.Response;
        response.Clear();
        response.StatusCode = problem.Status;
        if (problem.RetryAfterMs > 0)
            response.Headers.RetryAfter = ((problem.RetryAfterMs + 999) / 1000).ToString();
        if (problem.Allow is not null)
            response.Headers.Allow = problem.Allow;
        if (problem.Location is not null)
            response.Headers.Location = problem.Location;
        if (problem.EndsConnection)
            response.Headers.Connection = "close";
        return JsonResponse.WriteAsync(context, Problem.ContentType, problem, static (json, problem) => problem.WriteTo(json));
    }
}
