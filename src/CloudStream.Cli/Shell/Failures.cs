using System.Net.Sockets;
using CloudStream.Client;
using CloudStream.Storage;

namespace CloudStream.Cli.Shell;

/// <summary>Turns what ended a command into one line and an exit code. Defects keep their trace: they are for us to mend.</summary>
internal static class Failures
{
    public static int Report(Exception failure)
    {
        switch (failure)
        {
            case OutputClosedException:
                return ExitCode.Ok;
            case CommandException expected:
                return Say(expected.Message, expected.ExitCode);
            case CloudStreamException refused:
                return Say(refused.Message, ExitCode.Failure);
            case OperationCanceledException:
                return Say("cancelled", ExitCode.Failure);
            case HttpRequestException:
                return Say($"cannot reach the broker: {failure.GetBaseException().Message}", ExitCode.Failure);
            case IOException or UnauthorizedAccessException or SocketException or StoreException:
                return Say(failure.Message, ExitCode.Failure);
            default:
                return Say($"unexpected failure, please report it: {failure}", ExitCode.Failure);
        }
    }

    private static int Say(string message, int exitCode)
    {
        Console.Error.WriteLine($"cloudstream: {message}");
        return exitCode;
    }
}
