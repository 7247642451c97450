"""The workshop in the browser and in the notebook: ipywidgets over what the rest of crmplan computes and keeps."""
