using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using CloudStream.Http.Problems;
using CloudStream.Http.Responses;

namespace CloudStream.Http.Transport;

/// <summary>An answer with status 503 on the bare connection, which ends it: for clients whose request the server does not get.</summary>
internal static class BareAnswer
{
    public static async ValueTask WriteAsync(PipeWriter output, Problem problem, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, JsonResponse.WriterOptions))
            problem.WriteTo(json);
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {problem.Status} Service Unavailable\r\nConnection: close\r\nRetry-After: {(problem.RetryAfterMs + 999) / 1000}\r\n"
                + $"Content-Type: {Problem.ContentType}\r\nContent-Length: {body.WrittenCount}\r\n\r\n");
        Encoding.ASCII.GetBytes(head, output);
        output.Write(body.WrittenSpan);
        await output.FlushAsync(cancellationToken);
    }
}
