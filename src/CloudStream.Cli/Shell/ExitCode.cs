namespace CloudStream.Cli.Shell;

/// <summary>What the process says at its end; scripts rely on it.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The command was understood and could not be carried out, wholly or in part.</summary>
    public const int Failure = 1;

    /// <summary>The command line is wrong; nothing was done.</summary>
    public const int Usage = 2;

    /// <summary>What was to be verified is damaged.</summary>
    public const int Damage = 3;
}
