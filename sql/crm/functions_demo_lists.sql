CREATE FUNCTION crm.demo_regions()
RETURNS TABLE (
  "number" integer, country text, language text, time_zone text, given text[], family text[], cities text[],
  phone_prefixes text[], phone_digits integer)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 12
AS $function$
  -- Numbers are from the ranges that regulators keep free for fiction, so that no phone rings. Where
  -- there is no such range there are no numbers.
  VALUES
  (1, 'US', 'en-US', 'America/New_York',
   '{James,Mary,Robert,Patricia,John,Jennifer,Michael,Linda,David,Elizabeth,William,Barbara,Richard,Susan,Joseph,Jessica,Thomas,Karen,Christopher,Sarah,Daniel,Lisa,Matthew,Nancy,Anthony,Ashley,Marcus,Keisha,Luis,Emily}'::pg_catalog.text[],
   '{Smith,Johnson,Williams,Brown,Jones,Garcia,Miller,Davis,Rodriguez,Martinez,Hernandez,Lopez,Wilson,Anderson,Thomas,Taylor,Moore,Jackson,Martin,Lee,Perez,Thompson,White,Harris,Clark,Lewis,Robinson,Walker,Young,Nguyen}'::pg_catalog.text[],
   '{New York,Boston,Philadelphia,Atlanta,Miami,Chicago,Columbus,Charlotte,Detroit,Austin,Denver,Seattle}'::pg_catalog.text[],
   '{+1201555010,+1202555010,+1203555010,+1205555010,+1206555010,+1207555010,+1212555010,+1213555010,+1214555010,+1215555010,+1216555010,+1217555010,+1303555010,+1305555010,+1310555010,+1312555010,+1313555010,+1314555010,+1404555010,+1407555010,+1412555010,+1415555010,+1425555010,+1469555010,+1503555010,+1504555010,+1508555010,+1512555010,+1516555010,+1602555010,+1614555010,+1617555010,+1619555010,+1646555010,+1650555010,+1702555010,+1703555010,+1704555010,+1713555010,+1718555010,+1720555010,+1801555010,+1813555010,+1817555010,+1901555010,+1904555010,+1914555010,+1917555010,+1919555010,+1972555010}'::pg_catalog.text[], 1),
  (2, 'CA', 'en-CA', 'America/Toronto',
   '{Liam,Olivia,Noah,Emma,Benjamin,Charlotte,Ethan,Amelia,Lucas,Sophie,Samuel,Chloe,Nathan,Zoe,Gabriel,Simone}'::pg_catalog.text[],
   '{Tremblay,MacDonald,Roy,Campbell,Gagnon,Fraser,Bouchard,Singh,Wong,Morin,Stewart,Chan,Fortin,Reid,Pelletier,Murray}'::pg_catalog.text[],
   '{Toronto,Montreal,Ottawa,Hamilton,Kitchener,London}'::pg_catalog.text[],
   '{+1416555010,+1514555010,+1604555010,+1613555010,+1647555010,+1403555010,+1780555010,+1905555010,+1902555010,+1204555010}'::pg_catalog.text[], 1),
  (3, 'GB', 'en-GB', 'Europe/London',
   '{Oliver,Amelia,George,Isla,Harry,Ava,Jack,Emily,Charlie,Sophie,Alfie,Grace,Oscar,Freya,Archie,Poppy,Mohammed,Aisha,Callum,Niamh}'::pg_catalog.text[],
   '{Smith,Jones,Taylor,Davies,Evans,Wright,Green,Hall,Wood,Clarke,Patel,Khan,Hughes,Edwards,Murphy,Campbell,Fletcher,Barker,Ahmed,Griffiths}'::pg_catalog.text[],
   '{London,Manchester,Birmingham,Leeds,Glasgow,Bristol,Cardiff,Belfast,Edinburgh,Sheffield}'::pg_catalog.text[],
   '{+44207946,+44113496,+44114496,+44116496,+44117496,+44118496,+44121496,+44131496,+44141496,+44151496,+44161496}'::pg_catalog.text[], 4),
  (4, 'DE', 'de-DE', 'Europe/Berlin',
   '{Lukas,Anna,Leon,Marie,Felix,Sophie,Jonas,Lea,Maximilian,Hannah,Jürgen,Käthe,Björn,Gisela,Stefan,Ursula,Mehmet,Aylin,Sören,Renate}'::pg_catalog.text[],
   '{Müller,Schmidt,Schneider,Fischer,Weber,Meyer,Wagner,Becker,Schulz,Hoffmann,Schäfer,Koch,Bauer,Richter,Klein,Wolf,Schröder,Neumann,Yilmaz,Groß}'::pg_catalog.text[],
   '{Berlin,Hamburg,München,Köln,Frankfurt am Main,Stuttgart,Düsseldorf,Leipzig}'::pg_catalog.text[],
   '{+493023125,+496990009,+494066969,+492214710,+498999998}'::pg_catalog.text[], 3),
  (5, 'FR', 'fr-FR', 'Europe/Paris',
   '{Gabriel,Emma,Louis,Jade,Raphaël,Louise,Arthur,Alice,Hugo,Chloé,Théo,Léa,François,Hélène,Benoît,Zoé}'::pg_catalog.text[],
   '{Martin,Bernard,Dubois,Thomas,Robert,Richard,Petit,Durand,Leroy,Moreau,Lefèvre,Roux,Girard,Fournier,Mercier,Benali}'::pg_catalog.text[],
   '{Paris,Lyon,Marseille,Toulouse,Nantes,Lille,Bordeaux,Strasbourg}'::pg_catalog.text[],
   '{+3319900,+3326191,+3335301,+3346571,+3353649}'::pg_catalog.text[], 4),
  (6, 'AU', 'en-AU', 'Australia/Sydney',
   '{Jack,Charlotte,William,Mia,Lachlan,Matilda,Cooper,Ruby,Angus,Georgia,Riley,Kiara}'::pg_catalog.text[],
   '{Smith,Nguyen,Williams,Kelly,Ryan,Walsh,Papadopoulos,Singh,Mitchell,Chen,Fraser,Donovan}'::pg_catalog.text[],
   '{Sydney,Melbourne,Brisbane,Canberra,Hobart,Newcastle}'::pg_catalog.text[],
   '{+6125550,+6127010,+6135550,+6137010,+6175550,+6177010,+6185550,+6187010}'::pg_catalog.text[], 4),
  (7, 'SE', 'sv-SE', 'Europe/Stockholm',
   '{Erik,Astrid,Lars,Ingrid,Karl,Elsa,Gustav,Linnéa,Åke,Märta,Nils,Saga}'::pg_catalog.text[],
   '{Andersson,Johansson,Karlsson,Nilsson,Eriksson,Larsson,Lindström,Öberg,Håkansson,Björk,Sjögren,Lund}'::pg_catalog.text[],
   '{Stockholm,Göteborg,Malmö,Uppsala,Lund,Umeå}'::pg_catalog.text[],
   '{+4631390060,+4640628040,+4684650040,+4698031920}'::pg_catalog.text[], 1),
  (8, 'ES', 'es-ES', 'Europe/Madrid',
   '{Hugo,Lucía,Martín,Sofía,Pablo,María,Álvaro,Paula,Javier,Carmen,Íñigo,Begoña}'::pg_catalog.text[],
   '{García,González,Rodríguez,Fernández,López,Martínez,Sánchez,Pérez,Gómez,Ruiz,Ibáñez,Núñez}'::pg_catalog.text[],
   '{Madrid,Barcelona,Valencia,Sevilla,Zaragoza,Málaga,Bilbao}'::pg_catalog.text[], NULL, NULL),
  (9, 'BR', 'pt-BR', 'America/Sao_Paulo',
   '{Miguel,Helena,Arthur,Laura,João,Beatriz,Pedro,Júlia,Rafael,Larissa,Thiago,Conceição}'::pg_catalog.text[],
   '{Silva,Santos,Oliveira,Souza,Lima,Pereira,Ferreira,Costa,Ribeiro,Almeida,Araújo,Guimarães}'::pg_catalog.text[],
   '{São Paulo,Rio de Janeiro,Belo Horizonte,Curitiba,Porto Alegre,Salvador}'::pg_catalog.text[], NULL, NULL),
  (10, 'IN', 'en-IN', 'Asia/Kolkata',
   '{Aarav,Ananya,Vihaan,Diya,Arjun,Priya,Rohan,Kavya,Sanjay,Meera,Rahul,Lakshmi,Imran,Fatima,Harpreet,Nisha}'::pg_catalog.text[],
   '{Sharma,Patel,Reddy,Nair,Iyer,Gupta,Singh,Das,Mehta,Rao,Kulkarni,Banerjee,Khan,Joshi,Pillai,Chatterjee}'::pg_catalog.text[],
   '{Mumbai,Bengaluru,Delhi,Hyderabad,Chennai,Pune,Kolkata}'::pg_catalog.text[], NULL, NULL),
  (11, 'JP', 'ja-JP', 'Asia/Tokyo',
   '{Haruto,Yui,Sota,Aoi,Ren,Hina,Kaito,Sakura,Takumi,Mei,Kenji,Yoko}'::pg_catalog.text[],
   '{Sato,Suzuki,Takahashi,Tanaka,Watanabe,Ito,Yamamoto,Nakamura,Kobayashi,Kato,Yoshida,Yamada}'::pg_catalog.text[],
   '{Tokyo,Osaka,Nagoya,Yokohama,Fukuoka,Sapporo}'::pg_catalog.text[], NULL, NULL),
  (12, 'NL', 'nl-NL', 'Europe/Amsterdam',
   '{Daan,Emma,Sem,Tess,Lucas,Julia,Bram,Fleur,Thijs,Sanne,Ruben,Femke}'::pg_catalog.text[],
   '{de Jong,Jansen,de Vries,van den Berg,Bakker,van Dijk,Visser,Smit,Meijer,de Boer,Mulder,Bos}'::pg_catalog.text[],
   '{Amsterdam,Rotterdam,Den Haag,Utrecht,Eindhoven,Groningen}'::pg_catalog.text[], NULL, NULL)
$function$;
COMMENT ON FUNCTION crm.demo_regions() IS
'For demonstration data: countries with names and cities to choose from, and telephone numbers that belong to nobody: a prefix followed by phone_digits digits, NULL where a country has set none aside.';

CREATE FUNCTION crm.demo_texts() RETURNS TABLE (subject text, texts text[])
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 16
AS $function$
  VALUES
  ('company', '{Northwind,Bluepeak,Cedar,Harbor,Summit,Lumen,Granite,Willow,Orion,Meridian,Redwood,Falcon,Aurora,Copper,Juniper,Keystone,Larkspur,Marlin,Nimbus,Oakridge,Pinnacle,Quarry,Riverton,Sable,Tidewater,Umbra,Vantage,Westbrook,Yarrow,Zephyr,Alder,Brightside,Cobalt,Driftwood,Everest,Foxglove,Glacier,Hawthorn,Ironwood,Kestrel}'::pg_catalog.text[]),
  ('trade', '{Logistics,Software,Foods,Energy,Systems,Partners,Health,Media,Textiles,Robotics,Consulting,Pharma,Motors,Capital,Analytics,Travel,Design,Labs,Retail,Packaging,Security,Education,Marine,Homes}'),
  ('tag', '{beta,churned,decider,enterprise,event,newsletter,partner,priority,referral,renewal,trial,vip}'),
  ('source', '{website,website,website,referral,referral,import,event,advertising,partner,outbound}'),
  ('product', '{Starter kit,Team licence,Onboarding workshop,Annual support,Data migration,Mobile add-on,Analytics module,Security review,Integration pack,Training day,Storage extension,Premium support,API package,Reporting pack,Field kit,Consulting day}'),
  ('inbound', '{"Hi, could you send me a quote for the %s?","Thanks, that works for us.","Is the %s available for a team of twenty?","We have a problem with the %s since this morning.","Can we move our meeting to Thursday?","Who should I talk to about the invoice?","Sounds good, please go ahead.","How long does the %s take to set up?","We are comparing you with two other vendors.","Could you explain the difference to the %s?","I forwarded it to my manager, we will let you know.","Please add my colleague to the thread.","Not this quarter, sorry. Try again in spring.","Great call today, thank you!","The %s arrived, but one part is missing.","Can I pay by bank transfer?","What happens to our data if we cancel?","Yes.","Do you offer a discount for non-profits?","Our contract ends next month. What are the options?"}'),
  ('outbound', '{"Thanks for getting in touch! Happy to help with the %s.","I have attached the quote for the %s.","Would Tuesday at ten work for a short call?","Just checking in: did you have time to look at the %s?","Your order is on its way.","I am sorry about that. Our team is looking into it now.","The issue with the %s is solved. Could you confirm?","Good news: the %s is included in your plan.","I moved our meeting, see the new invitation.","Here is the summary of our call.","You can find the guide for the %s in the help center.","Thank you for your order!","Shall I reserve the %s for you until Friday?","We have put you in touch with our billing team.","Let me know if anything is unclear.","Our offer is valid until the end of the month."}'),
  ('email', '{"Your quote for the %s","Next steps","Welcome aboard","Invitation: product tour","How teams use the %s","Following up on our call","News this month","Your renewal is coming up","Getting started with the %s","A question about your order","Thank you for your visit","Case study: the %s in practice"}'),
  ('reply', '{"Re: quote for the %s","Question about the %s","Re: next steps","Access for a new colleague","Invoice address changed","Problem with the %s"}'),
  ('task', '{"Send proposal","Prepare quote","Check contract terms","Update contact data","Collect requirements","Send reference customers","Review order history"}'),
  ('meeting', '{"Product demonstration","Kick-off meeting","Quarterly review","Contract negotiation","On-site visit","Technical workshop"}'),
  ('call', '{"Discovery call","Check-in call","Call about the open invoice","Call back","Renewal call"}'),
  ('follow_up', '{"Follow up on quote","Follow up after event","Follow up on demonstration","Ask for feedback","Ask for a referral"}'),
  ('outcome', '{"Interested, wants a quote.","Needs approval by the board.","Asked to call again next month.","Budget is confirmed.","Prefers a smaller package.","Happy with the service.","Evaluates two competitors.","Left a message."}'),
  ('lost', '{price,no budget,competitor,no decision,missing feature,timing}'),
  ('event', '{page_view,page_view,page_view,page_view,page_view,product_view,product_view,search,form_submit,download,sign_in,pricing_view}')
$function$;
COMMENT ON FUNCTION crm.demo_texts() IS
'For demonstration data: texts to choose from, by subject. %s stands for a product.';
