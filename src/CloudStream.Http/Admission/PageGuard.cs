using CloudStream.Cluster.Settings;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace CloudStream.Http.Admission;

/// <summary>
/// Keeps web pages out that are not this broker's own: it asks nobody who they are, and a browser sends requests of any page to any address
/// that its user reaches. Programs other than browsers send neither <c>Origin</c> nor <c>Sec-Fetch-Site</c> and only need a name that is
/// allowed (<see cref="AllowedHosts"/>). Pages of origins that are allowed by setting get the CORS headers. Thread-safe.
/// </summary>
internal sealed class PageGuard(CloudStreamHttpOptions options, HttpMeters meters, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan s_betweenLines = TimeSpan.FromMinutes(1);
    private readonly AllowedHosts _hosts = new(options.AllowedHosts);
    private readonly HashSet<string> _origins = new(options.AllowedOrigins, StringComparer.OrdinalIgnoreCase);
    private readonly Lock _lock = new();
    private long _linesFrom = time.GetTimestamp();
    private bool _anyLine;

    /// <summary>Answers with a problem, or lets the request through to <paramref name="next"/>.</summary>
    public Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (!_hosts.Allow(request.Host, context.Connection.LocalIpAddress))
            return RefuseAsync(context, "host", HostProblem(request.Host));
        var origin = request.Headers.Origin;
        var isAllowed = _origins.Contains("*") || (origin.Count == 1 && _origins.Contains(origin[0]!));
        if (!isAllowed && IsForeign(request))
            return RefuseAsync(context, "origin", OriginProblem(origin.Count == 0 ? null : origin.ToString()));
        if (origin.Count != 1 || IsOwn(origin[0]!, request.Host))
            return next(context);
        AllowReading(context.Response, origin[0]!);
        var isPreflight = HttpMethods.IsOptions(request.Method) && request.Headers.AccessControlRequestMethod.Count > 0;
        return isPreflight ? AnswerPreflight(context) : next(context);
    }

    // Reads, too: a page cannot see their answers, but it can keep them coming, or have them run as a script. A link that somebody follows
    // is none of that.
    private static bool IsForeign(HttpRequest request)
    {
        var origin = request.Headers.Origin;
        if (origin.Count > 0 && !(origin.Count == 1 && IsOwn(origin[0]!, request.Host)))
            return true;
        var isFollowed = HttpMethods.IsGet(request.Method)
            && request.Headers["Sec-Fetch-Mode"] == "navigate" && request.Headers["Sec-Fetch-Dest"] == "document";
        return request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin" or "none") && !isFollowed;
    }

    // A proxy may have taken TLS off, so the scheme of the request says nothing.
    private static bool IsOwn(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page) && page.Scheme is "http" or "https"
        && page.IdnHost.Equals(host.Host.Trim('[', ']'), StringComparison.OrdinalIgnoreCase)
        && page.Port == (host.Port ?? (page.Scheme == "https" ? 443 : 80));

    private static void AllowReading(HttpResponse response, string origin) => response.OnStarting(() =>
    {
        response.Headers.AccessControlAllowOrigin = origin;
        response.Headers.AccessControlExposeHeaders = "*";
        response.Headers.Append(HeaderNames.Vary, "Origin");
        return Task.CompletedTask;
    });

    private static Task AnswerPreflight(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status204NoContent;
        response.Headers.AccessControlAllowMethods = "GET, POST, PATCH, DELETE";
        response.Headers.AccessControlAllowHeaders = context.Request.Headers.AccessControlRequestHeaders;
        response.Headers.AccessControlMaxAge = "600";
        return Task.CompletedTask;
    }

    private Task RefuseAsync(HttpContext context, string reason, Problem problem)
    {
        meters.CallerRefused(reason);
        if (IsTimeForALine())
            HttpLog.CallerRefused(logger, problem.Detail);
        return ProblemResponse.WriteAsync(context, problem);
    }

    // Whoever tries once tries often.
    private bool IsTimeForALine()
    {
        lock (_lock)
        {
            if (_anyLine && time.GetElapsedTime(_linesFrom) < s_betweenLines)
                return false;
            (_linesFrom, _anyLine) = (time.GetTimestamp(), true);
            return true;
        }
    }

    private static Problem HostProblem(HostString host)
    {
        var name = Excerpt.Of(host.Host);
        return new Problem(StatusCodes.Status421MisdirectedRequest, "host-not-allowed", "The broker does not answer to this name",
            $"This broker does not answer to the name \"{name}\", which a web page could lead here. "
            + $"If clients are meant to use it, start the broker with --set {FaceSettingNames.HttpAllowedHosts}={name}.");
    }

    private static Problem OriginProblem(string? origin) =>
        new(StatusCodes.Status403Forbidden, "origin-not-allowed", "Web pages of other origins may not use this broker", origin is null
            ? "A web page of another site sent this request. "
                + $"Pages that may use this broker are named by --set {FaceSettingNames.HttpAllowedOrigins}=ORIGIN."
            : $"A web page of \"{Excerpt.Of(origin)}\" sent this request. If it is meant to use this broker, "
                + $"start the broker with --set {FaceSettingNames.HttpAllowedOrigins}={Excerpt.Of(origin)}.");
}
