import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

/** What a scenario asserts; each failure says what was expected. */
final class Check {
    private Check() {
    }

    static void that(boolean condition, String what) {
        if (!condition)
            throw new AssertionError(what);
    }

    static void same(Object expected, Object actual, String what) {
        if (!Objects.equals(expected, actual))
            throw new AssertionError(what + ": expected " + expected + ", was " + actual);
    }

    /** Asks until the answer equals `expected`, at most 30 s. */
    static void eventually(Object expected, Callable<?> ask, String what) throws Exception {
        long until = System.nanoTime() + 30_000_000_000L;
        Object last;
        do {
            try {
                last = ask.call();
            } catch (ExecutionException e) {
                last = e.getCause();
            }
            if (Objects.equals(expected, last))
                return;
            Thread.sleep(50);
        } while (System.nanoTime() < until);
        throw new AssertionError(what + ": not within 30 s; last seen: " + last);
    }

    /** Fails unless `call` throws `type`, by itself or as the cause that a future wraps. */
    static void refused(Class<? extends Exception> type, Callable<?> call, String what) {
        Object answer;
        try {
            answer = call.call();
        } catch (Exception e) {
            Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
            if (!type.isInstance(cause))
                throw new AssertionError(what + ": refused with another error than " + type.getSimpleName(), e);
            return;
        }
        throw new AssertionError(what + ": was accepted: " + answer);
    }
}
