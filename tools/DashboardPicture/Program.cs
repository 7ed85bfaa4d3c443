// Owns: drawing the dashboard of a shop after ten minutes of load: dotnet run --project tools/DashboardPicture -- FOLDER

using Microsoft.Playwright;
using TinyHost.DashboardPicture;
using TinyHost.Testing;

if (args is not [var folder])
{
    Console.Error.WriteLine("Usage: dotnet run --project tools/DashboardPicture -- FOLDER, such as docs/images");
    return 2;
}

const int History = 600;
const int Width = 1_280;
const int LastChart = 8;
const int Margin = 12;
var clock = new ManualClock(DateTimeOffset.UtcNow.AddSeconds(-History));
await using var shop = new Shop(clock);
await shop.StartAsync();
using var load = new Load(clock, shop);
for (var second = 0; second <= History; second++)
{
    await load.RunSecondAsync(second);
}

// From here on, the clock of the shop is that of the browser.
using var ending = new CancellationTokenSource();
var present = Task.Run(async () =>
{
    using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
    for (var second = History + 1; !ending.IsCancellationRequested && await timer.WaitForNextTickAsync(); second++)
    {
        await load.RunSecondAsync(second);
    }
});
using (var playwright = await Playwright.CreateAsync())
{
    await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
    {
        ExecutablePath = "/usr/bin/chromium",
        Args = ["--no-sandbox", "--disable-gpu"],
        Timeout = 120_000,
    });
    foreach (var (theme, name) in ((ColorScheme, string)[])[(ColorScheme.Light, "light"), (ColorScheme.Dark, "dark")])
    {
        await using var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            ColorScheme = theme,
            TimezoneId = "UTC",
            Locale = "en-GB",
            ViewportSize = new ViewportSize { Width = Width, Height = 1_400 },
        });
        var page = await context.NewPageAsync();
        await page.GotoAsync(shop.DashboardUrl);
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("Live");
        // Two frames later, every chart that can be seen has been drawn.
        await page.EvaluateAsync("() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))");
        var path = Path.Combine(folder, $"dashboard-{name}.png");
        // Down to the end of a row of charts.
        var last = (await page.Locator("#charts figure").Nth(LastChart).BoundingBoxAsync())!;
        await page.ScreenshotAsync(new PageScreenshotOptions
        {
            Path = path,
            Clip = new Clip { Width = Width, Height = last.Y + last.Height + Margin },
        });
        Console.WriteLine($"{path}: {new FileInfo(path).Length:N0} bytes");
    }
}

await ending.CancelAsync();
await present;
return 0;
