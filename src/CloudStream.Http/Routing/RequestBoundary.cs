using System.Diagnostics.CodeAnalysis;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Log.Calls;
using CloudStream.Storage;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CloudStream.Http.Routing;

/// <summary>
/// Wraps every handler: refuses unknown query parameters and conditions first, and turns whatever comes out of the handler into an answer.
/// The only catch-all of this project besides that for one of several appends (AppendOutcome); clients never see text of an exception.
/// </summary>
internal sealed class RequestBoundary(Operation operation, ILogger logger)
{
    private readonly string[] _queryNames = [.. operation.Query.Select(p => p.Name)];
    private readonly string[] _headerNames = [.. operation.Headers.Select(p => p.Name)];

    [SuppressMessage("Design", "CA1031", Justification = "The request boundary.")]
    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            RefuseUnknownQuery(context.Request);
            TargetText.RequireUtf8(context.Request, except: QueryReader.Key);
            Preconditions.RefuseAllBut(_headerNames, context.Request);
            await operation.Handler(context);
        }
        catch (RequestRejectedException e)
        {
            HttpLog.RequestRefused(logger, operation.Method, operation.Pattern, e.Problem.Code);
            await AnswerAsync(context, e.Problem);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested
            || e is ConnectionAbortedException or ConnectionResetException)
        {
            HttpLog.ClientGone(logger, operation.Method, operation.Pattern);
        }
        catch (StoreException e)
        {
            HttpLog.RequestFailed(logger, e, operation.Method, operation.Pattern);
            await AnswerAsync(context, StoreProblem(e));
        }
        catch (BadHttpRequestException e)
        {
            await AnswerAsync(context, BodyProblem.From(e));
        }
        catch (Exception e)
        {
            HttpLog.RequestFailed(logger, e, operation.Method, operation.Pattern);
            await AnswerAsync(context, Problem.Internal());
        }
    }

    private static Task AnswerAsync(HttpContext context, Problem problem)
    {
        if (!context.Response.HasStarted)
            return ProblemResponse.WriteAsync(context, problem);

        // A body that ends early must not look whole.
        context.Abort();
        return Task.CompletedTask;
    }

    // Calls that have no place for an error in their result. What may have happened is harmless to repeat for all of them.
    private static Problem StoreProblem(StoreException e) => Problem.From(e.Kind switch
    {
        StoreErrorKind.Unavailable or StoreErrorKind.Throttled => ErrorCode.StoreUnavailable,
        StoreErrorKind.Ambiguous => ErrorCode.OutcomeUnknown,
        StoreErrorKind.NotWritable => ErrorCode.NotWritable,
        StoreErrorKind.Corrupt or StoreErrorKind.NotFound => ErrorCode.CorruptStorage,
        _ => ErrorCode.StoreRefused,
    }, e.Condition is { } condition ? $"Not writable: {condition}." : null);

    private void RefuseUnknownQuery(HttpRequest request)
    {
        if (!request.QueryString.HasValue)
            return;
        foreach (var (name, values) in request.Query)
        {
            if (Array.IndexOf(_queryNames, name) < 0)
                throw new RequestRejectedException(UnknownParameter(name));
            if (values.Count > 1)
                throw new RequestRejectedException($"Query parameter \"{name}\" is given {values.Count} times; it may be given once.");
        }
    }

    private string UnknownParameter(string name)
    {
        var known = _queryNames.Length == 0 ? "this resource takes none" : $"this resource takes: {string.Join(", ", _queryNames)}";
        return $"Unknown query parameter \"{Excerpt.Of(name)}\"; {known}.";
    }
}
