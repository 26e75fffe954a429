using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Problems;

/// <summary>Says what is wrong with a request body that the server could not read to its end.</summary>
internal static class BodyProblem
{
    /// <summary>Its sender has closed before it was whole.</summary>
    /// <param name="receivedBytes">What came of it.</param>
    /// <param name="length">How long it was to be, in bytes; null for one in chunks.</param>
    public static Problem Cut(long receivedBytes, long? length) => Problem.Invalid(length is { } whole
        ? $"The request body ended after {receivedBytes} of {whole} bytes: its sender closed in the middle of it."
        : $"The request body ended after {receivedBytes} bytes, before its last chunk: its sender closed in the middle of it.")
        with { EndsConnection = true };

    public static Problem From(BadHttpRequestException e) => e.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => new Problem(
            e.StatusCode, "request-too-large", "The request body is too large", "The request body is larger than this broker takes."),
        StatusCodes.Status408RequestTimeout => new Problem(
            e.StatusCode, "request-timeout", "The request body came too slowly", "The request body came too slowly."),
        _ => Problem.Invalid("The request body ended early or is not well-formed HTTP."),
    };
}
