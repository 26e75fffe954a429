using System.Net;
using Amazon.Runtime;

namespace CloudStream.Storage.Aws.Requests;

/// <summary>What a failed request means, told by its type and code, never by its words.</summary>
internal static class Failures
{
    /// <summary>The failure as the rest of the program knows it.</summary>
    /// <param name="failure">What the SDK threw.</param>
    /// <param name="what">What was asked of which store, for operators.</param>
    /// <param name="isInDoubt">Whether a request without a definite answer may have changed something.</param>
    public static StoreException Describe(Exception failure, string what, bool isInDoubt)
    {
        var unknown = isInDoubt ? StoreErrorKind.Ambiguous : StoreErrorKind.Unavailable;
        if (failure is AmazonServiceException answer && (int)answer.StatusCode != 0)
            return Describe(answer, what, unknown);
        if (WasNotSent(failure))
            return new StoreException(StoreErrorKind.Unavailable, $"{what}: it cannot be connected to", failure);
        return failure is AmazonClientException && !IsBroken(failure)
            ? new StoreException(StoreErrorKind.Refused,
                $"{what}: no request could be made ({failure.Message}); look at the credentials and the region", failure)
            : new StoreException(unknown, $"{what}: the connection broke", failure);
    }

    private static StoreException Describe(AmazonServiceException answer, string what, StoreErrorKind unknown)
    {
        var told = $"{what}: {answer.ErrorCode ?? answer.StatusCode.ToString()}";
        return answer.ErrorCode switch
        {
            "SlowDown" or "ProvisionedThroughputExceededException" or "ThrottlingException" or "ThrottledException" or "Throttling"
                or "RequestLimitExceeded" or "TooManyRequestsException" or "RequestThrottled" =>
                new StoreException(StoreErrorKind.Throttled, told, answer),
            "NoSuchKey" => new StoreException(StoreErrorKind.NotFound, told, answer),
            "NoSuchBucket" => Refused("the bucket does not exist; create it, or let --create-bucket do so"),
            "ResourceNotFoundException" => Refused("the table does not exist; create it, or let --create-table do so"),
            "ExpiredToken" or "ExpiredTokenException" or "TokenRefreshRequired" => Refused("the credentials have expired"),
            "AccessDenied" or "AccessDeniedException" or "AllAccessDisabled" or "AccountProblem" =>
                Refused("permission is missing; allow this identity what the documentation lists"),
            "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "UnrecognizedClientException" or "InvalidSignatureException"
                or "IncompleteSignatureException" or "MissingAuthenticationTokenException" or "InvalidToken" =>
                Refused("the credentials are not valid here"),
            "RequestTimeTooSkewed" => Refused("the clock of this machine is wrong"),
            "AuthorizationHeaderMalformed" or "PermanentRedirect" or "IllegalLocationConstraintException" =>
                Refused("it lies in another region; name that one"),
            "InvalidObjectState" => Refused("the object was archived; restore it, and end the lifecycle rule that archives"),
            "KMS.DisabledException" or "KMS.NotFoundException" or "KMS.InvalidStateException" or "KMSAccessDeniedException" =>
                Refused("the encryption key cannot be used"),
            // The bytes that arrived are not those that were sent, or did not all arrive.
            "BadDigest" or "XAmzContentChecksumMismatch" or "XAmzContentSHA256Mismatch" or "RequestTimeout" or "IncompleteBody" =>
                new StoreException(StoreErrorKind.Unavailable, told, answer),
            _ when answer.StatusCode is HttpStatusCode.TooManyRequests => new StoreException(StoreErrorKind.Throttled, told, answer),
            _ when (int)answer.StatusCode >= 500 => new StoreException(unknown, told, answer),
            _ when answer.StatusCode is HttpStatusCode.NotFound => new StoreException(StoreErrorKind.NotFound, told, answer),
            _ when answer.StatusCode is HttpStatusCode.Forbidden => Refused("permission is missing, or the credentials are not valid here"),
            _ => Refused(answer.Message),
        };

        StoreException Refused(string why) => new(StoreErrorKind.Refused, $"{told}: {why}", answer);
    }

    // Nobody can have seen it.
    private static bool WasNotSent(Exception failure)
    {
        for (var e = failure; e is not null; e = e.InnerException)
        {
            if (e is HttpRequestException
                {
                    HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
                        or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError
                })
                return true;
        }

        return false;
    }

    private static bool IsBroken(Exception failure)
    {
        for (var e = failure; e is not null; e = e.InnerException)
        {
            if (e is HttpRequestException or IOException or OperationCanceledException or WebException)
                return true;
        }

        return false;
    }
}
