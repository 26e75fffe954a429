using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Problems;

/// <summary>Says what is wrong with a request body that the server could not read to its end.</summary>
internal static class BodyProblem
{
    public static Problem From(BadHttpRequestException e) => e.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => new Problem(
            e.StatusCode, "request-too-large", "The request body is too large", "The request body is larger than this broker takes."),
        StatusCodes.Status408RequestTimeout => new Problem(
            e.StatusCode, "request-timeout", "The request body came too slowly", "The request body came too slowly."),
        _ => Problem.Invalid("The request body ended early or is not well-formed HTTP."),
    };
}
