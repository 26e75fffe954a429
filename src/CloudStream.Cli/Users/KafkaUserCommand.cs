using System.CommandLine;
using CloudStream.Cli.Shell;
using CloudStream.Kafka.Users;

namespace CloudStream.Cli.Users;

/// <summary><c>cloudstream kafka-user NAME</c>: a line for the file of <c>serve --kafka-users</c>, with the password hashed.</summary>
internal static class KafkaUserCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The user's name." };
        Command command = new Command("kafka-user",
            "Print a line for serve --kafka-users, its password hashed. The password is read from standard input, one line.") { name }
            .WithExamples(
                "cloudstream kafka-user alice >> users.txt",
                "head -c 24 /dev/urandom | base64 | tee alice.secret | cloudstream kafka-user alice >> users.txt");
        command.SetAction(parsed =>
        {
            Console.WriteLine(LineOf(parsed.GetValue(name)!, ReadPassword()));
            return ExitCode.Ok;
        });
        return command;
    }

    /// <exception cref="CommandException">Name or password cannot be used.</exception>
    public static string LineOf(string name, string password)
    {
        string line = password.Length == 0 ? $"{name}:" : $"{name}:{PasswordHash.Of(password)}";
        if (name.StartsWith('#') || name.Contains(':', StringComparison.Ordinal) || name.Contains('\n', StringComparison.Ordinal))
            throw CommandException.Usage("a name does not begin with # and contains no colon and no line break");
        try
        {
            KafkaUsers.Parse([line], "kafka-user");
            return line;
        }
        catch (FormatException e)
        {
            throw CommandException.Usage(e.Message);
        }
    }

    private static string ReadPassword()
    {
        if (Console.IsInputRedirected)
            return Console.In.ReadLine() ?? "";
        Console.Error.Write("password: ");
        var typed = new System.Text.StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
                typed.Length = Math.Max(0, typed.Length - 1);
            else if (key.KeyChar != '\0')
                typed.Append(key.KeyChar);
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
