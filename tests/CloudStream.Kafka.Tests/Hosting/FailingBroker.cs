using System.Reflection;
using CloudStream.Cluster;

namespace CloudStream.Kafka.Tests.Hosting;

/// <summary>A broker with a defect: calls that a test names throw, all others are the real one's.</summary>
public class FailingBroker : DispatchProxy
{
    private IBroker _inner = null!;
    private Func<string, object?[], Exception?> _fault = null!;

    /// <summary>Wraps a broker; <paramref name="fault"/> gets a call's name and arguments and says what it throws.</summary>
    public static IBroker Wrap(IBroker inner, Func<string, object?[], Exception?> fault)
    {
        var broker = Create<IBroker, FailingBroker>();
        (((FailingBroker)broker)._inner, ((FailingBroker)broker)._fault) = (inner, fault);
        return broker;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _fault(targetMethod!.Name, args!) is { } fault
        ? throw fault
        : targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
}
