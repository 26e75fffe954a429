using System.Net.Sockets;

namespace CloudStream.Architecture.Tests.Tracing;

/// <summary>
/// Lives inside a traced broker: <see cref="Record"/> is the first that each of its methods calls (<see cref="TracedAssemblies"/>). The
/// test that started the broker says over a socket when to begin and when to end, and is told then which methods were entered in between.
/// </summary>
public static class Entered
{
    /// <summary>Names the socket, in the broker's environment.</summary>
    internal const string Variable = "CLOUDSTREAM_TRACE";

    /// <summary>Begin, and end: what the test sends.</summary>
    internal const byte Begin = (byte)'b', End = (byte)'e';

    /// <summary>More than there are.</summary>
    internal const int MaxMethods = 100_000;

    private static readonly bool[] s_entered = new bool[MaxMethods];
    private static volatile bool s_isOn;

    static Entered()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { } socket)
            new Thread(() => Obey(socket)) { IsBackground = true }.Start();
    }

    /// <summary>A method was entered.</summary>
    public static void Record(int method)
    {
        if (s_isOn)
            s_entered[method] = true;
    }

    private static void Obey(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        using var stream = new NetworkStream(socket);
        using var answers = new BinaryWriter(stream);
        while (stream.ReadByte() is var order and >= 0)
        {
            if (order == Begin)
                Array.Clear(s_entered);
            s_isOn = order == Begin;
            int[] methods = [.. Enumerable.Range(0, MaxMethods).Where(m => order == End && s_entered[m])];
            answers.Write(methods.Length);
            foreach (int method in methods)
                answers.Write(method);
            answers.Flush();
        }
    }
}
