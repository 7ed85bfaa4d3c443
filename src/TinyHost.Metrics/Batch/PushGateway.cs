// Owns: one group of metrics on a Pushgateway: where it is, and the requests that change it.
// Source: Prometheus Pushgateway, README, "API".

using System.Net.Http.Headers;
using System.Text;

namespace TinyHost.Metrics;

/// <summary>
/// A group of metrics on a Prometheus Pushgateway, for <see cref="BatchMetrics"/>. The group is named by a job and further labels; the
/// gateway adds them to every series, and replaces or deletes a group as a whole.
/// </summary>
public sealed class PushGateway
{
    private const int MaxReason = 1_000;

    // The maximum of a CancellationTokenSource.
    private static readonly TimeSpan s_maxDeadline = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private TimeSpan _deadline = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Names the group of a job at an address such as <c>http://gateway:9091/</c>. A path in the address is a prefix of the gateway's own,
    /// a query is sent with every request, and a user and password are sent as Basic authentication. Throws <see
    /// cref="ArgumentException"/> for an address that is not an absolute http or https URI, and for an empty job.
    /// </summary>
    public PushGateway(Uri address, string job)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentException.ThrowIfNullOrEmpty(job);
        if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException(
                $"The address of the gateway is '{address}'; it must be an http or https URI such as http://gateway:9091/.",
                nameof(address));
        }

        (Address, Job) = (address, job);
    }

    /// <summary>The address of the gateway.</summary>
    public Uri Address { get; }

    /// <summary>The name of the job.</summary>
    public string Job { get; }

    /// <summary>
    /// Further labels that name the group, such as <c>instance</c>. Groups that differ in one of them do not replace each other. Empty by
    /// default. The methods that send requests throw <see cref="ArgumentException"/> for an invalid label name.
    /// </summary>
    public IDictionary<string, string> Grouping { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// The client that sends the requests, for TLS settings, proxies and authentication. It is not disposed. By default each request has a
    /// client of its own, which follows no redirects.
    /// </summary>
    public HttpClient? Client { get; init; }

    /// <summary>
    /// How long a push or deletion may take, including the collection. Positive and at most 4,294,967,294 ms (49 days), otherwise <see
    /// cref="ArgumentOutOfRangeException"/>. Default 30 s.
    /// </summary>
    public TimeSpan Deadline
    {
        get => _deadline;
        init => _deadline = CheckDeadline(value);
    }

    /// <summary>
    /// Deletes the group. A group that does not exist is no error. Throws <see cref="HttpRequestException"/> if the gateway cannot be
    /// reached or refuses, and <see cref="TimeoutException"/> if it does not answer within the <see cref="Deadline"/>.
    /// </summary>
    public Task DeleteAsync(CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Delete, GroupingKeys(), content: null, cancellationToken);

    internal static TimeSpan CheckDeadline(TimeSpan deadline) => deadline > TimeSpan.Zero && deadline <= s_maxDeadline
        ? deadline
        : throw new ArgumentOutOfRangeException(
            nameof(deadline), deadline, $"The deadline of a push must be positive and at most {s_maxDeadline}.");

    /// <summary>The labels that name the group. Throws <see cref="ArgumentException"/> for invalid ones.</summary>
    internal GroupingKeys GroupingKeys() => new(Job, Grouping);

    /// <summary>The URI of the group, without the query and the user of the address, which may be secret.</summary>
    internal string NameOf(GroupingKeys keys)
    {
        var start = Address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        return $"{start.TrimEnd('/')}/metrics/{keys.Path}";
    }

    /// <summary>Sends a request about the group, with the content made within the deadline. Throws as <see cref="DeleteAsync"/>.</summary>
    internal async Task SendAsync(
        HttpMethod method,
        GroupingKeys keys,
        Func<CancellationToken, Task<ReadOnlyMemory<byte>>>? content,
        CancellationToken cancellationToken)
    {
        var name = NameOf(keys);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Deadline);
        using var own = Client is null ? NewClient() : null;
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(name + Address.Query));
            if (Address.UserInfo.Length > 0)
            {
                var user = Encoding.UTF8.GetBytes(Uri.UnescapeDataString(Address.UserInfo));
                request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(user));
            }

            if (content is not null)
            {
                request.Content = new ReadOnlyMemoryContent(await content(limit.Token).ConfigureAwait(false));
                request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(ExpositionType.Text004.ContentType);
            }

            using var response = await (Client ?? own!).SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            await ThrowUnlessAcceptedAsync(response, method, name, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var time = limit.IsCancellationRequested ? Deadline : Client!.Timeout;
            throw new TimeoutException($"{name} did not answer within {time}.", exception);
        }
        catch (HttpRequestException exception) when (exception.StatusCode is null && exception.HttpRequestError != HttpRequestError.Unknown)
        {
            var cause = (exception.InnerException ?? exception).Message.TrimEnd('.');
            throw new HttpRequestException(exception.HttpRequestError, $"{name} cannot be reached: {cause}.", exception);
        }
    }

    private static HttpClient NewClient() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };

    private static async Task ThrowUnlessAcceptedAsync(
        HttpResponseMessage response, HttpMethod method, string name, CancellationToken cancellationToken)
    {
        if (response.RequestMessage is { } answered && answered.Method != method)
        {
            // The client followed a redirect that turns every method into GET.
            throw new HttpRequestException(
                $"{name} redirected the {method} request to {answered.RequestUri?.GetLeftPart(UriPartial.Path)}, "
                + $"where it became {answered.Method} and changed nothing.");
        }

        if (response.IsSuccessStatusCode)
        {
            return;
        }

        var reason = response.Headers.Location is { } location
            ? $"redirect to {location}"
            : await ReadStartAsync(response.Content, cancellationToken).ConfigureAwait(false);
        throw new HttpRequestException(
            $"{name} refused the {method} request with {(int)response.StatusCode}{(reason.Length > 0 ? ": " + reason : ".")}",
            null,
            response.StatusCode);
    }

    // Bounded, in case the answer does not end. A line, whatever it contains.
    private static async Task<string> ReadStartAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var start = new byte[MaxReason];
        var length = await stream.ReadAtLeastAsync(start, MaxReason, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        var characters = Encoding.UTF8.GetString(start, 0, length).Select(one => char.IsControl(one) ? ' ' : one);
        return string.Concat(characters).Trim();
    }
}
