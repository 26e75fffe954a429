namespace CloudStream.Http.Problems;

/// <summary>
/// The request is refused. Thrown while a request is read, off the hot path; the request boundary answers with the problem.
/// </summary>
internal sealed class RequestRejectedException(Problem problem) : Exception(problem.Detail)
{
    public RequestRejectedException(string detail)
        : this(Problem.Invalid(detail))
    {
    }

    public Problem Problem { get; } = problem;
}
