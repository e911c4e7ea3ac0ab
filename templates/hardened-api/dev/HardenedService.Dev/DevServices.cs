using HardenedService.Dev.Mail;

namespace HardenedService.Dev;

/// <summary>What runs, once it is ready.</summary>
/// <param name="Api">Where the API answers.</param>
/// <param name="OperatorConnectionString">How the operator connects to the database.</param>
/// <param name="Mail">Where the mails are.</param>
internal sealed record DevServices(Uri Api, string OperatorConnectionString, MailCatcher Mail);
